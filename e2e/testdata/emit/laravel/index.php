<?php
// The middleware around the controller, as Laravel's kernel puts it.
require '/usr/share/php/Illuminate/Http/autoload.php';
require __DIR__ . '/app/Http/Middleware/AppEvents.php';
require __DIR__ . '/app/Http/Controllers/BookingController.php';

use App\Http\Controllers\BookingController;
use App\Http\Middleware\AppEvents;
use Illuminate\Http\Request;

$response = (new AppEvents())->handle(Request::capture(), fn ($request) => (new BookingController())->store($request));
$response->send();
