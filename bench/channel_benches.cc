// E8: channels within the process.
#include "bench/benches.h"
#include "bench/bus_evlog.h"
#include "bench/bus_mutex_queue.h"
#include "bench/bus_zeromq.h"
#include "bench/channel_work.h"

namespace evlog::bench {
namespace {

constexpr const char* kZeroMq = "zeromq";
constexpr const char* kMutexQueue = "mutex queue";
constexpr const char* kAllRead = "all read";

template <typename Bus, ChannelShape kShape>
absl::StatusOr<Measurement> Throughput(const Context& context) {
  return ChannelThroughput<Bus>(context, kShape);
}
template <typename Bus, ChannelShape kShape>
absl::StatusOr<Measurement> OneWay(const Context& context) {
  return ChannelLatency<Bus>(context, kShape);
}

constexpr ChannelShape Shape(int subscribers, size_t bytes, size_t batch, Wait wait = Wait::kPark) {
  return {subscribers, bytes, batch, wait, 0};
}
constexpr ChannelShape kStalled = {7, 64, 1, Wait::kPark, 1};

template <ChannelShape kShape>
constexpr Side kThroughputSides[] = {
    {"evlog", "polled, Overflow::kBlock", Throughput<EvlogBus, kShape>},
    {kZeroMq, "inproc PUB/SUB, XPUB_NODROP", Throughput<ZeroMqBus, kShape>},
    {kMutexQueue, "a mutex and a deque for each subscriber", Throughput<MutexQueueBus, kShape>},
};
template <ChannelShape kShape>
constexpr Side kLatencySides[] = {
    {"evlog", "polled", OneWay<EvlogBus, kShape>},
    {kZeroMq, "inproc PUB/SUB", OneWay<ZeroMqBus, kShape>},
    {kMutexQueue, "a mutex and a deque", OneWay<MutexQueueBus, kShape>},
};
constexpr Side kSlowSides[] = {
    {"evlog, one stalled", "7 read, 1 never does and drops its oldest",
     Throughput<EvlogBus, kStalled>},
    {kAllRead, "8 read", Throughput<EvlogBus, Shape(8, 64, 1)>},
};

constexpr Bar kSingleBars[] = {{kZeroMq, 2}};
constexpr Bar kBatchBars[] = {{kZeroMq, 4}};
constexpr Bar kSpinBars[] = {{nullptr, 0, 1e9 / 2000}};  // p50 of 2 us
constexpr Bar kParkBars[] = {{kZeroMq, 1}};
constexpr Bar kSlowBars[] = {{kAllRead, 0.9}};

constexpr Bench kBenches[] = {
    {"E8.single_1x64", "channel, published one by one, 1 subscriber, 64 B", 3'000'000, 2'000,
     kThroughputSides<Shape(1, 64, 1)>, kSingleBars},
    {"E8.single_spin_1x64", "the same; our subscriber spins", 3'000'000, 2'000,
     kThroughputSides<Shape(1, 64, 1, Wait::kSpin)>, kSingleBars},
    {"E8.single_2x64",
     "channel, published one by one, 2 subscribers, 64 B",
     2'000'000,
     2'000,
     kThroughputSides<Shape(2, 64, 1)>,
     {}},
    {"E8.single_8x64", "channel, published one by one, 8 subscribers, 64 B", 1'000'000, 2'000,
     kThroughputSides<Shape(8, 64, 1)>, kSingleBars},
    {"E8.single_64x64",
     "channel, published one by one, 64 subscribers, 64 B",
     100'000,
     2'000,
     kThroughputSides<Shape(64, 64, 1)>,
     {}},
    {"E8.single_1x1024",
     "channel, published one by one, 1 subscriber, 1 KiB",
     1'000'000,
     2'000,
     kThroughputSides<Shape(1, 1024, 1)>,
     {}},
    {"E8.single_8x1024",
     "channel, published one by one, 8 subscribers, 1 KiB",
     500'000,
     2'000,
     kThroughputSides<Shape(8, 1024, 1)>,
     {}},
    {"E8.batch100_1x64", "channel, published by 100, 1 subscriber, 64 B", 10'000'000, 2'000,
     kThroughputSides<Shape(1, 64, 100)>, kBatchBars},
    {"E8.batch100_2x64",
     "channel, published by 100, 2 subscribers, 64 B",
     5'000'000,
     2'000,
     kThroughputSides<Shape(2, 64, 100)>,
     {}},
    {"E8.batch100_8x64", "channel, published by 100, 8 subscribers, 64 B", 3'000'000, 2'000,
     kThroughputSides<Shape(8, 64, 100)>, kBatchBars},
    {"E8.batch100_64x64",
     "channel, published by 100, 64 subscribers, 64 B",
     400'000,
     2'000,
     kThroughputSides<Shape(64, 64, 100)>,
     {}},
    {"E8.batch100_1x1024",
     "channel, published by 100, 1 subscriber, 1 KiB",
     3'000'000,
     2'000,
     kThroughputSides<Shape(1, 1024, 100)>,
     {}},
    {"E8.batch100_8x1024",
     "channel, published by 100, 8 subscribers, 1 KiB",
     1'000'000,
     2'000,
     kThroughputSides<Shape(8, 1024, 100)>,
     {}},
    {"E8.latency_spin", "channel, one way, 64 B, one message at a time; our subscriber spins",
     100'000, 200, kLatencySides<Shape(1, 64, 1, Wait::kSpin)>, kSpinBars},
    {"E8.latency_park", "channel, one way, 64 B, one message at a time; subscribers sleep", 100'000,
     200, kLatencySides<Shape(1, 64, 1)>, kParkBars},
    {"E8.slow_subscriber",
     "channel, published one by one, 8 subscribers, 64 B, one of them stalled", 1'000'000, 2'000,
     kSlowSides, kSlowBars},
};

}  // namespace

std::span<const Bench> ChannelBenches() { return kBenches; }

}  // namespace evlog::bench
