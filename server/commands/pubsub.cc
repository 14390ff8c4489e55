// Channels: SUBSCRIBE, PUBLISH and what tells of them.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "server/commands/handlers.h"
#include "server/topics.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

Topic::Kind KindOf(const CommandRow& row) {
  if (row.name.starts_with('p')) return Topic::Kind::kPattern;
  return row.name.starts_with("ss") || row.name.starts_with("sun") ? Topic::Kind::kSharded
                                                                   : Topic::Kind::kChannel;
}

// Channels and patterns are counted together, sharded channels by themselves.
int64_t CountOf(const Client& client, Topic::Kind kind) {
  if (kind == Topic::Kind::kSharded) return client.sharded;
  return static_cast<int64_t>(client.channels) + static_cast<int64_t>(client.patterns);
}

// `name` is null where there was nothing to unsubscribe from. Goes out also under CLIENT REPLY OFF,
// as the messages do: who listens learns by it from when on.
void Confirm(Call& call, Topic::Kind kind, const std::string_view* name) {
  const size_t mark = call.reply.Mark();
  call.reply.Push(3);
  call.reply.Bulk(call.row.name);
  if (name == nullptr) {
    call.reply.Null();
  } else {
    call.reply.Bulk(*name);
  }
  call.reply.Integer(CountOf(call.client, kind));
  call.connection->KeepPush(std::string_view(*call.reply.out()).substr(mark));
}

}  // namespace

void HandleSubscribe(Call& call) {
  const Topic::Kind kind = KindOf(call.row);
  for (const std::string_view name : call.args.subspan(1)) {
    if (name.size() > kChannelBytesMax) {
      call.reply.Error("ERR the name of a channel has at most 65535 bytes");
      continue;
    }
    call.connection->Subscribe(kind, name);
    Confirm(call, kind, &name);
  }
}

void HandleUnsubscribe(Call& call) {
  const Topic::Kind kind = KindOf(call.row);
  if (call.argc() > 1) {
    for (const std::string_view name : call.args.subspan(1)) {
      call.connection->Unsubscribe(kind, name);
      Confirm(call, kind, &name);
    }
    return;
  }
  const std::vector<std::string> all = call.connection->Subscriptions(kind);
  for (const std::string& name : all) {
    call.connection->Unsubscribe(kind, name);
    const std::string_view view = name;
    Confirm(call, kind, &view);
  }
  if (all.empty()) Confirm(call, kind, nullptr);
}

void HandlePublish(Call& call) {
  PublishOptions options;
  options.sharded = call.row.name.starts_with('s');
  Topics::TakeExtraReceivers();
  const absl::StatusOr<size_t> receivers =
      call.core.log(0).channels().Publish(call.arg(1), call.arg(2), options);
  const int64_t extra = Topics::TakeExtraReceivers();
  if (!receivers.ok()) return ReplyStatus(call.reply, receivers.status());
  call.reply.Integer(static_cast<int64_t>(*receivers) + extra);
}

// A route appends to a stream, and waits for the disk.
bool TryPublish(Call& call) {
  if (call.core.log(0).channels().CountRoutes() != 0) return false;
  HandlePublish(call);
  return true;
}

namespace {

void ReplyChannels(Call& call, Topic::Kind kind) {
  if (call.argc() > 3) {
    return call.reply.Error(fmt::format(
        "ERR unknown subcommand or wrong number of arguments for '{}'. Try PUBSUB HELP.",
        std::string(call.arg(1))));
  }
  const std::string_view pattern = call.argc() == 3 ? call.arg(2) : "*";
  const std::vector<std::string> channels = call.core.log(0).channels().ListChannels(pattern, kind);
  call.reply.Array(channels.size());
  for (const std::string& channel : channels) call.reply.Bulk(channel);
}

void ReplyNumsub(Call& call, Topic::Kind kind) {
  call.reply.Array(2 * (call.argc() - 2));
  for (const std::string_view name : call.args.subspan(2)) {
    call.reply.Bulk(name);
    const Topic topic = kind == Topic::Kind::kSharded ? Topic::Sharded(name) : Topic(name);
    call.reply.Integer(static_cast<int64_t>(call.core.log(0).channels().CountSubscribers(topic)) +
                       call.core.topic_counts().Find(kind, name));
  }
}

}  // namespace

void HandlePubsubChannels(Call& call) { ReplyChannels(call, Topic::Kind::kChannel); }
void HandlePubsubShardchannels(Call& call) { ReplyChannels(call, Topic::Kind::kSharded); }
void HandlePubsubNumsub(Call& call) { ReplyNumsub(call, Topic::Kind::kChannel); }
void HandlePubsubShardnumsub(Call& call) { ReplyNumsub(call, Topic::Kind::kSharded); }
void HandlePubsubNumpat(Call& call) {
  call.reply.Integer(static_cast<int64_t>(call.core.log(0).channels().CountPatterns()));
}

}  // namespace evlog::server
