// CLIENT: this connection's properties, and other connections.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "server/commands/handlers.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

constexpr char kBadName[] =
    "ERR Client names cannot contain spaces, newlines or special characters.";

bool IsPlain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '!' && c <= '~'; });
}

std::string_view TypeOf(const Client& client) { return client.subscribed() ? "pubsub" : "normal"; }

std::string FlagsOf(const Client& client) {
  std::string flags;
  if (client.subscribed()) flags += 'P';
  if (client.multi >= 0) flags += 'x';
  if (client.blocked || client.held) flags += 'b';
  if (client.closing) flags += 'c';
  if (client.no_evict) flags += 'e';
  if (client.no_touch) flags += 'T';
  return flags.empty() ? "N" : flags;
}

// One line of CLIENT LIST, with Redis' fields; those that mean nothing here are 0.
std::string LineOf(const Client& client, absl::Time now) {
  const Client::Names names = client.names();
  const CommandRow* const last = client.last_command;
  return fmt::format(
      "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={} db={} sub={} psub={} ssub={} "
      "multi={} qbuf={} qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem={} "
      "tot-mem={} events=r cmd={} user=default redir=-1 resp={} lib-name={} lib-ver={}",
      client.id, client.address, client.local_address, client.fd, names.name,
      absl::ToInt64Seconds(now - client.since),
      std::max<int64_t>(0, absl::ToUnixMillis(now) - client.last_active_ms) / 1000, FlagsOf(client),
      client.database.load(), client.channels.load(), client.patterns.load(), client.sharded.load(),
      client.multi.load(), client.input_bytes.load(), client.output_bytes.load(),
      client.input_bytes + client.output_bytes, last == nullptr ? "NULL" : std::string(last->name),
      client.protocol.load(), names.library, names.library_version);
}

// Which clients LIST and KILL are about.
struct Filter {
  std::optional<int64_t> id;
  std::vector<int64_t> ids;
  std::string_view address, local_address, user;
  std::string type;  // in capitals
  absl::Time came_until = absl::InfiniteFuture();
  bool skip_me = true;

  bool Matches(const Client& client, uint64_t me) const {
    if (skip_me && client.id == me) return false;
    if (id && static_cast<int64_t>(client.id) != *id) return false;
    if (!ids.empty() &&
        std::find(ids.begin(), ids.end(), static_cast<int64_t>(client.id)) == ids.end()) {
      return false;
    }
    if (client.since > came_until) return false;
    if (!address.empty() && client.address != address) return false;
    if (!local_address.empty() && client.local_address != local_address) return false;
    if (!type.empty() && !Is(TypeOf(client), type)) return false;
    return user.empty() || user == "default";
  }
};

bool IsType(std::string_view text) {
  return Is(text, "NORMAL") || Is(text, "PUBSUB") || Is(text, "MASTER") || Is(text, "REPLICA") ||
         Is(text, "SLAVE");
}

std::string UpperOf(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

std::string UnknownType(std::string_view type) {
  return fmt::format("ERR Unknown client type '{}'", std::string(type));
}

// One option of CLIENT KILL; the filter refers to its value. The error, or nothing.
std::string TakeKillOption(const Call& call, std::string_view name, std::string_view value,
                           Filter* filter) {
  if (Is(name, "ID")) {
    if (!ParseNumber(value, &filter->id.emplace()) || *filter->id <= 0) {
      return "ERR client-id should be greater than 0";
    }
  } else if (Is(name, "ADDR")) {
    filter->address = value;
  } else if (Is(name, "LADDR")) {
    filter->local_address = value;
  } else if (Is(name, "TYPE")) {
    if (!IsType(value)) return UnknownType(value);
    filter->type = UpperOf(value);
  } else if (Is(name, "USER")) {
    if (value != "default") return fmt::format("ERR No such user '{}'", std::string(value));
    filter->user = value;
  } else if (Is(name, "MAXAGE")) {
    int64_t seconds = 0;
    if (!ParseNumber(value, &seconds)) return "ERR maxage is not an integer or out of range";
    if (seconds <= 0) return "ERR maxage should be greater than 0";
    filter->came_until = call.now - absl::Seconds(seconds);
  } else if (Is(name, "SKIPME") && (Is(value, "YES") || Is(value, "NO"))) {
    filter->skip_me = Is(value, "YES");
  } else {
    return kSyntaxError;
  }
  return {};
}

}  // namespace

void HandleClientId(Call& call) { call.reply.Integer(static_cast<int64_t>(call.client.id)); }

void HandleClientInfo(Call& call) { call.reply.Verbatim(LineOf(call.client, call.now) + "\n"); }

void HandleClientList(Call& call) {
  Filter filter;
  filter.skip_me = false;
  if (call.argc() == 4 && Is(call.arg(2), "TYPE")) {
    if (!IsType(call.arg(3))) return call.reply.Error(UnknownType(call.arg(3)));
    filter.type = UpperOf(call.arg(3));
  } else if (call.argc() > 3 && Is(call.arg(2), "ID")) {
    for (size_t i = 3; i < call.argc(); ++i) {
      if (!ParseNumber(call.arg(i), &filter.ids.emplace_back())) {
        return call.reply.Error("ERR Invalid client ID");
      }
    }
  } else if (call.argc() != 2) {
    return call.reply.Error(kSyntaxError);
  }
  std::string lines;
  for (const ClientRegistry::Entry& entry : call.core.clients().List()) {
    if (filter.Matches(*entry.client, 0)) lines += LineOf(*entry.client, call.now) + "\n";
  }
  call.reply.Verbatim(lines);
}

void HandleClientKill(Call& call) {
  Filter filter;
  const bool old_style = call.argc() == 3;
  if (old_style) {
    filter.address = call.arg(2);
    filter.skip_me = false;
  } else if (call.argc() % 2 != 0) {
    return call.reply.Error(kSyntaxError);
  }
  for (size_t i = 2; !old_style && i + 1 < call.argc(); i += 2) {
    const std::string error = TakeKillOption(call, call.arg(i), call.arg(i + 1), &filter);
    if (!error.empty()) return call.reply.Error(error);
  }
  int64_t killed = 0;
  for (const ClientRegistry::Entry& entry : call.core.clients().List()) {
    if (!filter.Matches(*entry.client, call.client.id)) continue;
    ++killed;
    if (entry.client->id == call.client.id) {
      call.connection->CloseAfterReplies();
    } else {
      entry.control->Kill(entry.client->id);
    }
  }
  if (!old_style) return call.reply.Integer(killed);
  if (killed == 0) return call.reply.Error("ERR No such client");
  call.reply.Ok();
}

void HandleClientGetname(Call& call) {
  const std::string name = call.client.names().name;
  if (name.empty()) return call.reply.Null();
  call.reply.Bulk(name);
}

void HandleClientSetname(Call& call) {
  if (!IsPlain(call.arg(2))) return call.reply.Error(kBadName);
  Client::Names names = call.client.names();
  names.name = std::string(call.arg(2));
  call.client.SetNames(std::move(names));
  call.reply.Ok();
}

void HandleClientSetinfo(Call& call) {
  Client::Names names = call.client.names();
  const bool library = Is(call.arg(2), "LIB-NAME");
  if (!library && !Is(call.arg(2), "LIB-VER")) {
    return call.reply.Error(fmt::format("ERR Unrecognized option '{}'", std::string(call.arg(2))));
  }
  if (!IsPlain(call.arg(3))) {
    return call.reply.Error(
        fmt::format("ERR {} cannot contain spaces, newlines or special characters.",
                    library ? "lib-name" : "lib-ver"));
  }
  (library ? names.library : names.library_version) = std::string(call.arg(3));
  call.client.SetNames(std::move(names));
  call.reply.Ok();
}

void HandleClientReply(Call& call) {
  if (Is(call.arg(2), "ON")) {
    call.connection->SetReplyMode(ReplyMode::kOn);
    return call.reply.Ok();
  }
  if (Is(call.arg(2), "OFF")) return call.connection->SetReplyMode(ReplyMode::kOff);
  if (Is(call.arg(2), "SKIP")) return call.connection->SetReplyMode(ReplyMode::kSkipNext);
  call.reply.Error(kSyntaxError);
}

void HandleClientUnblock(Call& call) {
  bool with_error = false;
  if (call.argc() > 3) {
    with_error = Is(call.arg(3), "ERROR");
    if (call.argc() > 4 || (!with_error && !Is(call.arg(3), "TIMEOUT"))) {
      return call.reply.Error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    }
  }
  int64_t id = 0;
  if (!ParseNumber(call.arg(2), &id)) return call.reply.Error(kNotAnInteger);
  const ClientRegistry::Entry entry = call.core.clients().Find(static_cast<uint64_t>(id));
  const bool blocked = entry.client != nullptr && entry.client->blocked;
  if (blocked) entry.control->Unblock(entry.client->id, with_error);
  call.reply.Integer(blocked ? 1 : 0);
}

void HandleClientPause(Call& call) {
  if (call.argc() > 4) {
    return call.reply.Error(fmt::format(
        "ERR unknown subcommand or wrong number of arguments for '{}'. Try CLIENT HELP.",
        std::string(call.arg(1))));
  }
  const bool all = call.argc() == 3 || Is(call.arg(3), "ALL");
  if (!all && !Is(call.arg(3), "WRITE")) {
    return call.reply.Error("ERR CLIENT PAUSE mode must be WRITE or ALL");
  }
  int64_t timeout_ms = 0;
  if (!ParseNumber(call.arg(2), &timeout_ms)) {
    return call.reply.Error("ERR timeout is not an integer or out of range");
  }
  if (timeout_ms < 0) return call.reply.Error("ERR timeout is negative");
  const int64_t now_ms = absl::ToUnixMillis(call.now);
  call.core.pause().all = all;
  call.core.pause().until_ms = timeout_ms > INT64_MAX - now_ms ? INT64_MAX : now_ms + timeout_ms;
  call.reply.Ok();
}

void HandleClientUnpause(Call& call) {
  call.core.pause().until_ms = 0;
  call.reply.Ok();
}

namespace {

void SetSwitch(Call& call, std::atomic<bool>* value) {
  const bool on = Is(call.arg(2), "ON");
  if (!on && !Is(call.arg(2), "OFF")) return call.reply.Error(kSyntaxError);
  *value = on;
  call.reply.Ok();
}

}  // namespace

void HandleClientNoEvict(Call& call) { SetSwitch(call, &call.client.no_evict); }
void HandleClientNoTouch(Call& call) { SetSwitch(call, &call.client.no_touch); }

namespace {

// What stands behind ON or OFF; the error, or nothing.
std::string CheckTrackingOptions(const Call& call) {
  for (size_t i = 3; i < call.argc(); ++i) {
    const std::string_view option = call.arg(i);
    if (Is(option, "BCAST") || Is(option, "OPTIN") || Is(option, "OPTOUT") ||
        Is(option, "NOLOOP")) {
      continue;
    }
    const bool redirect = Is(option, "REDIRECT");
    if ((!redirect && !Is(option, "PREFIX")) || ++i == call.argc()) return kSyntaxError;
    if (!redirect) continue;
    int64_t id = 0;
    if (!ParseNumber(call.arg(i), &id)) return kNotAnInteger;
    if (call.core.clients().Find(static_cast<uint64_t>(id)).client == nullptr) {
      return "ERR The client ID you want redirect to does not exist";
    }
  }
  return {};
}

}  // namespace

void HandleClientTracking(Call& call) {
  const std::string error = CheckTrackingOptions(call);
  if (!error.empty()) return call.reply.Error(error);
  if (!Is(call.arg(2), "ON") && !Is(call.arg(2), "OFF")) return call.reply.Error(kSyntaxError);
  if (Is(call.arg(2), "OFF")) return call.reply.Ok();
  call.reply.Error("ERR Client tracking is not supported: streams are not cached by clients");
}

void HandleClientTrackinginfo(Call& call) {
  call.reply.Map(3);
  call.reply.Bulk("flags");
  call.reply.Set(1);
  call.reply.Bulk("off");
  call.reply.Bulk("redirect");
  call.reply.Integer(-1);
  call.reply.Bulk("prefixes");
  call.reply.Array(0);
}

void HandleClientGetredir(Call& call) { call.reply.Integer(-1); }

void HandleClientCaching(Call& call) {
  call.reply.Error(
      "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or "
      "OPTOUT mode enabled");
}

}  // namespace evlog::server
