import os

from django.conf import settings
from django.core.management import execute_from_command_line
from django.urls import path

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="only for the test",
    MIDDLEWARE=["bookings.app_events.middleware", "django.middleware.common.CommonMiddleware"],
)

from bookings import views  # noqa: E402 (it needs the settings)

urlpatterns = [path("bookings", views.book)]

execute_from_command_line(["manage.py", "runserver", "--noreload", "127.0.0.1:" + os.environ["PORT"]])
