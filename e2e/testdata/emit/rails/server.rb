require "action_controller/railtie"
require "rack/handler/webrick"

class Application < Rails::Application
  config.root = __dir__
  config.eager_load = false
  config.secret_key_base = "only for the test"
  config.logger = Logger.new($stderr)
  config.hosts.clear
  routes.append { post "/bookings", to: "bookings#create" }
end

Application.initialize!
Rack::Handler::WEBrick.run(Application, Host: "127.0.0.1", Port: ENV["PORT"].to_i)
