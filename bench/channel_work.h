// What the benches of channels do, whatever the bus: one thread publishes, others each read a
// subscription, all pinned alike.
//
// A bus is a class with
//   Bus(const ChannelShape&)
//   absl::Status Open()
//   absl::Status Publish(std::string_view payload)                     waits while a queue is full
//   absl::Status PublishBatch(std::span<const std::string_view> payloads)
//   size_t Read(int subscriber, const F& use)     waits; uses what there is; 0 when that failed
#ifndef EVLOG_BENCH_CHANNEL_WORK_H_
#define EVLOG_BENCH_CHANNEL_WORK_H_

#include <atomic>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/bench.h"
#include "bench/payload.h"
#include "bench/threads.h"
#include "evlog/subscription.h"
#include "log/base/status.h"

namespace evlog::bench {

struct ChannelShape {
  int subscribers = 1;
  size_t payload_bytes = 64;
  size_t batch = 1;
  Wait wait = Wait::kPark;  // of our subscribers; twins have their own way
  int stalled = 0;          // further ones that never read (ours only)
};

inline constexpr size_t kChannelQueueMessages = 8192;  // on every side
inline constexpr std::string_view kBenchChannel = "prices";

// Pinned to the processor that readers do not have, where there are two or more.
inline void PinPublisher() { PinThread(0); }
inline void PinReader(int subscriber) { PinThread(1 + subscriber); }

// The i-th payload: those of all benches, cut or repeated.
inline std::vector<std::string> ChannelPayloads(size_t bytes) {
  std::vector<std::string> payloads;
  for (uint64_t i = 0; i != 1024; ++i) {
    std::string payload(kBenchChannel);  // twins tell topics by how messages begin
    for (uint64_t part = i; payload.size() < bytes; ++part) payload += Value(part);
    payload.resize(bytes);
    payloads.push_back(std::move(payload));
  }
  return payloads;
}

template <typename Bus>
absl::Status PublishAll(Bus& bus, const ChannelShape& shape, uint64_t entries) {
  const std::vector<std::string> payloads = ChannelPayloads(shape.payload_bytes);
  std::vector<std::string_view> batch(shape.batch);
  for (uint64_t i = 0; i < entries; i += shape.batch) {
    if (shape.batch == 1) {
      RETURN_IF_ERROR(bus.Publish(payloads[i % payloads.size()]));
      continue;
    }
    for (uint64_t k = 0; k != shape.batch; ++k) batch[k] = payloads[(i + k) % payloads.size()];
    RETURN_IF_ERROR(bus.PublishBatch(batch));
  }
  return absl::OkStatus();
}

// Messages per second, published and received by all subscribers.
template <typename Bus>
absl::StatusOr<Measurement> ChannelThroughput(const Context& context, const ChannelShape& shape) {
  Bus bus(shape);
  RETURN_IF_ERROR(bus.Open());
  const uint64_t entries = context.entries - context.entries % shape.batch;
  std::atomic<int> ready{0};
  std::atomic<uint64_t> checksum{0};
  std::atomic<bool> failed{false};
  std::vector<std::thread> readers;
  for (int s = 0; s != shape.subscribers; ++s) {
    readers.emplace_back([&, s] {
      PinReader(s);
      uint64_t sum = 0;
      ready.fetch_add(1);
      ready.notify_one();
      for (uint64_t left = entries; left != 0;) {
        const size_t read =
            bus.Read(s, [&sum](std::string_view payload) { sum += FieldChecksum({}, payload); });
        if (read == 0 || read > left) {
          failed.store(true);
          break;
        }
        left -= read;
      }
      checksum.fetch_add(sum);
    });
  }
  absl::Status published;
  double seconds = 0, cpu = 0;
  std::thread publisher([&] {
    PinPublisher();
    for (int now = ready.load(); now != shape.subscribers; now = ready.load()) ready.wait(now);
    const Stopwatch watch;
    published = PublishAll(bus, shape, entries);
    for (std::thread& reader : readers) reader.join();
    seconds = watch.Seconds();
    cpu = watch.CpuSeconds();
  });
  publisher.join();
  RETURN_IF_ERROR(published);
  if (failed.load()) return absl::InternalError("a subscriber could not read, or read too much");
  // The same for any number of readers.
  const uint64_t sum = checksum.load() / static_cast<uint64_t>(shape.subscribers);
  return Measurement{entries, seconds, cpu, sum, std::nullopt};
}

// One way, one message at a time, to one subscriber: the publisher writes the time into the
// message, busily waits a little between two, and the reader subtracts.
template <typename Bus>
absl::StatusOr<Measurement> ChannelLatency(const Context& context, const ChannelShape& shape) {
  constexpr double kPauseSeconds = 20e-6;
  Bus bus(shape);
  RETURN_IF_ERROR(bus.Open());
  std::vector<uint64_t> nanos;
  nanos.reserve(context.entries);
  const Stopwatch watch;
  std::thread reader([&] {
    PinReader(0);
    while (nanos.size() != context.entries) {
      const size_t read = bus.Read(0, [&](std::string_view payload) {
        uint64_t sent;
        std::memcpy(&sent, payload.data() + kBenchChannel.size(), sizeof sent);
        nanos.push_back(watch.Nanos() - sent);
      });
      if (read == 0) break;
    }
  });
  absl::Status published;
  std::thread publisher([&] {
    PinPublisher();
    std::string payload = ChannelPayloads(shape.payload_bytes).front();
    for (uint64_t i = 0; i != context.entries && published.ok(); ++i) {
      const uint64_t begin = watch.Nanos();
      while (watch.Nanos() - begin < static_cast<uint64_t>(kPauseSeconds * 1e9)) {
      }
      const uint64_t now = watch.Nanos();
      std::memcpy(payload.data() + kBenchChannel.size(), &now, sizeof now);
      published = bus.Publish(payload);
    }
  });
  publisher.join();
  reader.join();
  RETURN_IF_ERROR(published);
  if (nanos.size() != context.entries) return absl::InternalError("a message was lost");
  Measurement measurement = Measured(watch, context.entries);
  measurement.latency = LatencyOf(std::move(nanos));
  return measurement;
}

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_CHANNEL_WORK_H_
