// EVLOG ROUTE.
#include <utility>

#include "cli/target/redis_target.h"
#include "log/base/status.h"
#include "server/commands/setting_values.h"

namespace evlog::cli {

absl::Status AddRedisRoute(RedisConnection& connection, const Route& route) {
  RedisCommand command = {"EVLOG",
                          "ROUTE",
                          "ADD",
                          route.pattern,
                          route.stream,
                          "FIELDS",
                          std::string(server::ShowFields(route.fields)),
                          "KEY"};
  if (route.key == Route::Key::kField) {
    command.insert(command.end(), {"FIELD", route.key_field});
  } else {
    command.push_back(server::ShowKey(route, ' '));
  }
  command.insert(command.end(), {"LIVE", route.live ? "YES" : "NO"});
  return connection.Call(command).status();
}

absl::Status RemoveRedisRoute(RedisConnection& connection, std::string_view pattern,
                              std::string_view stream) {
  ASSIGN_OR_RETURN(
      const RedisReply removed,
      connection.Call({"EVLOG", "ROUTE", "REMOVE", std::string(pattern), std::string(stream)}));
  if (NumberOf(*removed) != 0) return absl::OkStatus();
  return Error(absl::StatusCode::kNotFound, "there is no route from {} to {}", Quoted(pattern),
               Quoted(stream));
}

absl::StatusOr<std::vector<Route>> ListRedisRoutes(RedisConnection& connection) {
  ASSIGN_OR_RETURN(const RedisReply reply, connection.Call({"EVLOG", "ROUTE", "LIST"}));
  std::vector<Route> routes;
  for (size_t i = 0; i < reply->elements; ++i) {
    const auto text = [&](const char* name) {
      const redisReply* value = FindMember(*reply->element[i], name);
      return value == nullptr ? std::string() : std::string(TextOf(*value));
    };
    Route route;
    route.pattern = text("pattern");
    route.stream = text("stream");
    server::ParseFields(text("fields"), &route.fields);
    server::ParseKey(text("key"), ' ', &route);
    route.live = text("live") == "yes";
    routes.push_back(std::move(route));
  }
  return routes;
}

}  // namespace evlog::cli
