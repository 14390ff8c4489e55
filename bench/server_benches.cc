// S1 to S9: the server beside Debian's Redis, and NATS where it is there.
#include "bench/benches.h"
#include "bench/server_work.h"

namespace evlog::bench {
namespace {

constexpr const char* kRedis = "redis";
constexpr const char* kNats = "nats";

template <Peer kPeer, XaddShape kShape>
absl::StatusOr<Measurement> Xadd(const Context& context) {
  return ServerXadd(context, kPeer, kShape);
}
template <Peer kPeer, ReadShape kShape>
absl::StatusOr<Measurement> Read(const Context& context) {
  return ServerRead(context, kPeer, kShape);
}
template <Peer kPeer, GroupShape kShape>
absl::StatusOr<Measurement> ReadGroup(const Context& context) {
  return ServerGroup(context, kPeer, kShape);
}
template <Peer kPeer, PubsubShape kShape>
absl::StatusOr<Measurement> Pubsub(const Context& context) {
  return ServerPubsub(context, kPeer, kShape);
}
template <Peer kPeer>
absl::StatusOr<Measurement> GroupLatency(const Context& context) {
  return ServerGroupLatency(context, kPeer);
}
template <Peer kPeer>
absl::StatusOr<Measurement> PubsubLatency(const Context& context) {
  return ServerPubsubLatency(context, kPeer);
}
template <Peer kPeer>
absl::StatusOr<Measurement> Restart(const Context& context) {
  return ServerRestart(context, kPeer);
}
template <Peer kPeer>
absl::StatusOr<Measurement> Idle(const Context& context) {
  return ServerIdle(context, kPeer);
}

constexpr XaddShape Os(uint64_t pipeline) { return {50, pipeline, Durability::kOs, false}; }
constexpr XaddShape Sync(int clients, uint64_t pipeline) {
  return {clients, pipeline, Durability::kSync, false};
}
constexpr XaddShape Capped(uint64_t pipeline) { return {50, pipeline, Durability::kOs, true}; }

template <XaddShape kShape>
constexpr Side kXadd[] = {
    {"evlog", kShape.durability == Durability::kSync ? "durability sync" : "durability os",
     Xadd<Peer::kEvlog, kShape>},
    {kRedis, kShape.durability == Durability::kSync ? "appendfsync always" : "appendfsync everysec",
     Xadd<Peer::kRedis, kShape>},
};
template <ReadShape kShape>
constexpr Side kRead[] = {
    {"evlog", "durability os", Read<Peer::kEvlog, kShape>},
    {kRedis, "appendfsync everysec", Read<Peer::kRedis, kShape>},
};
template <GroupShape kShape>
constexpr Side kGroup[] = {
    {"evlog", "durability os", ReadGroup<Peer::kEvlog, kShape>},
    {kRedis, "appendfsync everysec", ReadGroup<Peer::kRedis, kShape>},
};
template <PubsubShape kShape>
constexpr Side kPubsub[] = {
    {"evlog", "PUBLISH", Pubsub<Peer::kEvlog, kShape>},
    {kRedis, "PUBLISH", Pubsub<Peer::kRedis, kShape>},
    {kNats, "PUB, NATS 2.9 of Debian", Pubsub<Peer::kNats, kShape>, nullptr, nullptr, NatsIsHere},
};
constexpr Side kGroupLatency[] = {
    {"evlog", "durability os", GroupLatency<Peer::kEvlog>},
    {kRedis, "appendfsync everysec", GroupLatency<Peer::kRedis>},
};
constexpr Side kPubsubLatency[] = {
    {"evlog", "PUBLISH", PubsubLatency<Peer::kEvlog>},
    {kRedis, "PUBLISH", PubsubLatency<Peer::kRedis>},
};
constexpr Side kRestart[] = {
    {"evlog", "durability os", Restart<Peer::kEvlog>},
    {kRedis, "appendfsync everysec", Restart<Peer::kRedis>},
};
constexpr Side kIdle[] = {
    {"evlog", "SUBSCRIBE", Idle<Peer::kEvlog>},
    {kRedis, "SUBSCRIBE", Idle<Peer::kRedis>},
    {kNats, "SUB", Idle<Peer::kNats>, nullptr, nullptr, NatsIsHere},
};

constexpr Bar AtLeastOf(const char* twin, double ratio) { return {twin, ratio, 0, 0.8}; }
constexpr Bar AtLeast(double ratio) { return AtLeastOf(kRedis, ratio); }
constexpr Bar kAsFast[] = {AtLeast(1.0)};
constexpr Bar kFaster[] = {AtLeast(1.3)};
constexpr Bar kHalfFaster[] = {AtLeast(1.5)};
constexpr Bar kTwice[] = {AtLeast(2)};
constexpr Bar kThrice[] = {AtLeast(3)};
constexpr Bar kSmallMessages[] = {{kRedis, 1.0, 0, 1.0, true}};
constexpr Bar kSmallMessagesToOne[] = {{kRedis, 1.0, 0, 1.0, true}, AtLeastOf(kNats, 1.0)};
constexpr Bar kLargeMessages[] = {{kRedis, 1.0, 0, 0.7, true}};
constexpr Bar kLatency[] = {{kRedis, 1.0}};

constexpr PubsubShape Small(int subscribers, uint64_t window) { return {subscribers, 64, window}; }
constexpr PubsubShape Large(int subscribers, uint64_t window) {
  return {subscribers, 1024, window};
}

constexpr Bench kBenches[] = {
    {"S1.xadd_p1", "XADD, 50 clients, os", 300'000, 500, kXadd<Os(1)>, kAsFast},
    {"S1.xadd_p16", "XADD, 50 clients, pipelines of 16, os", 1'000'000, 2'000, kXadd<Os(16)>,
     kFaster},
    {"S1.xadd_p64", "XADD, 50 clients, pipelines of 64, os", 1'500'000, 5'000, kXadd<Os(64)>,
     kFaster},
    {"S2.xadd_1_client", "XADD, 1 client, sync", 20'000, 100, kXadd<Sync(1, 1)>, kAsFast},
    {"S2.xadd_p1", "XADD, 50 clients, sync", 200'000, 500, kXadd<Sync(50, 1)>, kFaster},
    {"S2.xadd_p16", "XADD, 50 clients, pipelines of 16, sync", 800'000, 2'000, kXadd<Sync(50, 16)>,
     kHalfFaster},
    {"S3.xadd_capped_p1", "XADD MAXLEN ~ 100000, 50 clients, os", 300'000, 500, kXadd<Capped(1)>,
     kAsFast},
    {"S3.xadd_capped_p16", "XADD MAXLEN ~ 100000, 50 clients, pipelines of 16, os", 1'000'000,
     2'000, kXadd<Capped(16)>, kFaster},
    {"S4.xread_100", "XREAD COUNT 100, 4 clients", 4'000'000, 2'000,
     kRead<ReadShape{false, 100, 4}>, kFaster},
    {"S4.xread_1000", "XREAD COUNT 1000, 4 clients", 6'000'000, 2'000,
     kRead<ReadShape{false, 1000, 4}>, kFaster},
    {"S4.xrange_100", "XRANGE COUNT 100, 4 clients", 4'000'000, 2'000,
     kRead<ReadShape{true, 100, 4}>, kFaster},
    {"S4.xrange_1000", "XRANGE COUNT 1000, 4 clients", 6'000'000, 2'000,
     kRead<ReadShape{true, 1000, 4}>, kFaster},
    {"S5.group_1", "XREADGROUP COUNT 1, XACK, 10 clients, os", 100'000, 200, kGroup<GroupShape{1}>,
     kAsFast},
    {"S5.group_10", "XREADGROUP COUNT 10, XACK, 10 clients, os", 400'000, 500,
     kGroup<GroupShape{10}>, kTwice},
    {"S5.group_100", "XREADGROUP COUNT 100, XACK, 10 clients, os", 1'000'000, 2'000,
     kGroup<GroupShape{100}>, kThrice},
    {"S6.1x64_w64", "PUBLISH to 1 subscriber, 64 B, 64 outstanding", 1'000'000, 500,
     kPubsub<Small(1, 64)>, kSmallMessagesToOne},
    {"S6.1x64_w4096", "PUBLISH to 1 subscriber, 64 B, 4,096 outstanding", 2'000'000, 5'000,
     kPubsub<Small(1, 4096)>, kSmallMessagesToOne},
    {"S6.10x64_w64", "PUBLISH to 10 subscribers, 64 B, 64 outstanding", 4'000'000, 2'000,
     kPubsub<Small(10, 64)>, kSmallMessages},
    {"S6.10x64_w4096", "PUBLISH to 10 subscribers, 64 B, 4,096 outstanding", 8'000'000, 5'000,
     kPubsub<Small(10, 4096)>, kSmallMessages},
    {"S6.100x64_w64", "PUBLISH to 100 subscribers, 64 B, 64 outstanding", 6'000'000, 2'000,
     kPubsub<Small(100, 64)>, kSmallMessages},
    {"S6.1000x64_w64", "PUBLISH to 1,000 subscribers, 64 B, 64 outstanding", 6'000'000, 5'000,
     kPubsub<Small(1000, 64)>, kSmallMessages},
    {"S6.1x1024_w64", "PUBLISH to 1 subscriber, 1 KiB, 64 outstanding", 500'000, 500,
     kPubsub<Large(1, 64)>, kLargeMessages},
    {"S6.10x1024_w64", "PUBLISH to 10 subscribers, 1 KiB, 64 outstanding", 2'000'000, 2'000,
     kPubsub<Large(10, 64)>, kLargeMessages},
    {"S6.100x1024_w64", "PUBLISH to 100 subscribers, 1 KiB, 64 outstanding", 2'000'000, 2'000,
     kPubsub<Large(100, 64)>, kLargeMessages},
    {"S7.group", "XADD to a blocked XREADGROUP, 2,000 a second", 6'000, 100, kGroupLatency,
     kLatency},
    {"S7.pubsub", "PUBLISH to a subscriber, 2,000 a second", 6'000, 100, kPubsubLatency, kLatency},
    {"S8.restart",
     "5 M entries: memory and restart; rates are of filling",
     5'000'000,
     2'000,
     kRestart,
     {},
     3},
    {"S9.idle",
     "10,000 subscribers that hear nothing: memory; rates are of connecting",
     10'000,
     100,
     kIdle,
     {}},
};

}  // namespace

std::span<const Bench> ServerBenches() { return kBenches; }

}  // namespace evlog::bench
