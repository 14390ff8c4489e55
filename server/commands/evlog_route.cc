// EVLOG ROUTE: what is published to channels becomes entries of streams.
#include <string>
#include <vector>

#include "server/commands/handlers.h"
#include "server/commands/keys.h"
#include "server/commands/setting_values.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

// NONE, CHANNEL or FIELD name at *at, which moves behind it.
bool TakeKey(const Call& call, size_t* at, Route* route) {
  const std::string_view text = call.arg((*at)++);
  if (!SameName(text, kFieldWord)) return ParseKey(text, ' ', route);
  if (*at == call.argc()) return false;
  route->key = Route::Key::kField;
  route->key_field = std::string(call.arg((*at)++));
  return true;
}

// EVLOG ROUTE ADD pattern stream [FIELDS MESSAGE|PAYLOAD|JSON] [KEY NONE|CHANNEL|FIELD name]
//                 [LIVE YES|NO]
void Add(Call& call) {
  if (call.argc() < 5) return call.reply.Error(kSyntaxError);
  Route route;
  route.pattern = std::string(call.arg(3));
  route.stream = std::string(call.arg(4));
  for (size_t i = 5; i < call.argc();) {
    const std::string_view option = call.arg(i++);
    if (i == call.argc()) return call.reply.Error(kSyntaxError);
    bool taken = false;
    if (Is(option, "FIELDS")) {
      taken = ParseFields(call.arg(i++), &route.fields);
    } else if (Is(option, "KEY")) {
      taken = TakeKey(call, &i, &route);
    } else if (Is(option, "LIVE")) {
      taken = ParseYesNo(call.arg(i++), &route.live);
    }
    if (!taken) return call.reply.Error(kSyntaxError);
  }
  if (const absl::Status valid = route.Validate(); !valid.ok()) {
    return ReplyStatus(call.reply, valid);
  }
  // Made as by any other command: the route itself knows nothing of the server's settings.
  const absl::StatusOr<Stream> stream = OpenKey(call, route.stream, IfMissing::kCreate);
  if (!stream.ok()) return ReplyStatus(call.reply, stream.status());
  const absl::Status added = call.log().AddRoute(route);
  if (!added.ok()) return ReplyStatus(call.reply, added);
  call.reply.Ok();
}

void Remove(Call& call) {
  if (call.argc() != 5) return call.reply.Error(kSyntaxError);
  const absl::Status removed = call.log().RemoveRoute(call.arg(3), call.arg(4));
  if (!removed.ok() && !absl::IsNotFound(removed)) return ReplyStatus(call.reply, removed);
  call.reply.Integer(removed.ok() ? 1 : 0);
}

void List(Call& call) {
  if (call.argc() != 3) return call.reply.Error(kSyntaxError);
  const absl::StatusOr<std::vector<Route>> routes = call.log().ListRoutes();
  if (!routes.ok()) return ReplyStatus(call.reply, routes.status());
  call.reply.Array(routes->size());
  for (const Route& route : *routes) {
    call.reply.Map(5);
    call.reply.Bulk("pattern");
    call.reply.Bulk(route.pattern);
    call.reply.Bulk("stream");
    call.reply.Bulk(route.stream);
    call.reply.Bulk("fields");
    call.reply.Bulk(ShowFields(route.fields));
    call.reply.Bulk("key");
    call.reply.Bulk(ShowKey(route, ' '));
    call.reply.Bulk("live");
    call.reply.Bulk(ShowYesNo(route.live));
  }
}

}  // namespace

void HandleEvlogRoute(Call& call) {
  if (Is(call.arg(2), "ADD")) return Add(call);
  if (Is(call.arg(2), "REMOVE")) return Remove(call);
  if (Is(call.arg(2), "LIST")) return List(call);
  call.reply.Error("ERR EVLOG ROUTE: expected ADD, REMOVE or LIST");
}

}  // namespace evlog::server
