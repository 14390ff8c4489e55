// PING, HELLO, AUTH and what else is about this connection alone.
#include <fmt/format.h>

#include <string>

#include "server/commands/handlers.h"
#include "server/multi.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

constexpr char kWrongPassword[] = "WRONGPASS invalid username-password pair or user is disabled.";

// Whether that user may come in. There is one: default.
bool Admits(Call& call, std::string_view user, std::string_view password) {
  if (user != "default") return false;
  return !call.core.settings().needs_password() || call.core.settings().PasswordIs(password);
}

bool IsPlainName(std::string_view name) {
  for (const char c : name) {
    if (c < '!' || c > '~') return false;
  }
  return true;
}

void SetName(Client& client, std::string_view name) {
  Client::Names names = client.names();
  names.name = std::string(name);
  client.SetNames(std::move(names));
}

void WriteServer(const Call& call, int protocol) {
  RespWriter reply(call.reply.out(), protocol);
  reply.Map(7);
  reply.Bulk("server");
  reply.Bulk("redis");
  reply.Bulk("version");
  reply.Bulk(call.core.options().redis_version);
  reply.Bulk("proto");
  reply.Integer(protocol);
  reply.Bulk("id");
  reply.Integer(static_cast<int64_t>(call.client.id));
  reply.Bulk("mode");
  reply.Bulk("standalone");
  reply.Bulk("role");
  reply.Bulk("master");
  reply.Bulk("modules");
  reply.Array(0);
}

}  // namespace

void HandlePing(Call& call) {
  if (call.argc() > 2) {
    return call.reply.Error("ERR wrong number of arguments for 'ping' command");
  }
  if (call.client.protocol == 2 && call.client.subscribed()) {
    return call.reply.Bulks({"pong", call.argc() == 2 ? call.arg(1) : ""});
  }
  if (call.argc() == 2) return call.reply.Bulk(call.arg(1));
  call.reply.Simple("PONG");
}

void HandleEcho(Call& call) { call.reply.Bulk(call.arg(1)); }

void HandleHello(Call& call) {
  int64_t protocol = call.client.protocol;
  if (call.argc() > 1 && (!ParseNumber(call.arg(1), &protocol))) {
    return call.reply.Error("ERR Protocol version is not an integer or out of range");
  }
  if (protocol != 2 && protocol != 3) {
    return call.reply.Error("NOPROTO unsupported protocol version");
  }
  std::string_view name;
  bool named = false, admitted = call.client.authenticated;
  for (size_t i = 2; i < call.argc(); ++i) {
    if (Is(call.arg(i), "AUTH") && i + 2 < call.argc()) {
      if (!Admits(call, call.arg(i + 1), call.arg(i + 2))) {
        return call.reply.Error(kWrongPassword);
      }
      admitted = true;
      i += 2;
    } else if (Is(call.arg(i), "SETNAME") && i + 1 < call.argc()) {
      name = call.arg(++i);
      named = true;
      if (!IsPlainName(name)) {
        return call.reply.Error(
            "ERR Client names cannot contain spaces, newlines or special characters.");
      }
    } else {
      return call.reply.Error(
          fmt::format("ERR Syntax error in HELLO option '{}'", std::string(call.arg(i))));
    }
  }
  if (!admitted) {
    return call.reply.Error(
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO "
        "AUTH <user> <pass> option can be used to authenticate the client and select the "
        "RESP protocol version at the same time");
  }
  call.client.authenticated = true;
  if (named) SetName(call.client, name);
  call.client.protocol = static_cast<int>(protocol);
  WriteServer(call, static_cast<int>(protocol));
}

void HandleAuth(Call& call) {
  if (call.argc() > 3) return call.reply.Error(kSyntaxError);
  if (call.argc() == 2 && !call.core.settings().needs_password()) {
    return call.reply.Error(
        "ERR AUTH <password> called without any password configured for the default user. Are you "
        "sure your configuration is correct?");
  }
  const bool with_user = call.argc() == 3;
  if (!Admits(call, with_user ? call.arg(1) : "default", call.arg(with_user ? 2 : 1))) {
    return call.reply.Error(kWrongPassword);
  }
  call.client.authenticated = true;
  call.reply.Ok();
}

void HandleReset(Call& call) {
  for (const Topic::Kind kind :
       {Topic::Kind::kChannel, Topic::Kind::kPattern, Topic::Kind::kSharded}) {
    for (const std::string& name : call.connection->Subscriptions(kind)) {
      call.connection->Unsubscribe(kind, name);
    }
  }
  call.multi->reset();
  call.client.multi = -1;
  call.client.database = 0;
  call.client.protocol = 2;
  call.client.no_evict = call.client.no_touch = false;
  call.client.authenticated = !call.core.settings().needs_password();
  SetName(call.client, "");
  call.connection->SetReplyMode(ReplyMode::kOn);
  call.reply.Simple("RESET");
}

void HandleQuit(Call& call) {
  call.connection->CloseAfterReplies();
  call.reply.Ok();
}

void HandleSelect(Call& call) {
  int64_t database = 0;
  if (!ParseNumber(call.arg(1), &database)) {
    return call.reply.Error(kNotAnInteger);
  }
  if (database < 0 || database >= kDatabases) {
    return call.reply.Error("ERR DB index is out of range");
  }
  call.client.database = static_cast<int>(database);
  call.reply.Ok();
}

// A command of subcommands that was sent with none: its arity has refused it before.
void HandleContainer(Call& call) { call.reply.Error(kSyntaxError); }

void HandleHelp(Call& call) {
  const std::string_view full = call.row.name;
  const std::string family(full.substr(0, full.find('|') + 1));
  const size_t mark = call.reply.Mark();
  size_t lines = 0;
  for (const CommandRow& row : CommandRows()) {
    if (!row.name.starts_with(family)) continue;
    call.reply.Simple(fmt::format("{}: {}", std::string(row.name.substr(family.size())),
                                  std::string(row.summary)));
    ++lines;
  }
  call.reply.ArrayAt(mark, lines);
}

}  // namespace evlog::server
