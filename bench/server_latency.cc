// How long a message takes through a server to a client that waits for it.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "bench/payload.h"
#include "bench/server_work.h"
#include "log/base/status.h"

namespace evlog::bench {
namespace {

constexpr uint64_t kIntervalNanos = 500'000;

// Sends by the clock, whether or not the one before has come; the thread never sleeps, so that only
// the server's wakes are in it. `send` sends one; `receive` answers how many have come in all.
absl::StatusOr<Measurement> TimeEach(const ServerProcess& server, uint64_t messages,
                                     absl::FunctionRef<absl::Status(uint64_t)> send,
                                     absl::FunctionRef<absl::StatusOr<uint64_t>()> receive) {
  std::vector<uint64_t> nanos;
  nanos.reserve(messages);
  const ServerWatch total(server);
  const Stopwatch watch;
  uint64_t sent = 0;
  while (nanos.size() != messages) {
    if (sent != messages && watch.Nanos() >= sent * kIntervalNanos) {
      RETURN_IF_ERROR(send(sent));
      ++sent;
    }
    ASSIGN_OR_RETURN(const uint64_t received, receive());
    const uint64_t now = watch.Nanos();
    while (nanos.size() < std::min(received, sent)) {
      nanos.push_back(now - nanos.size() * kIntervalNanos);
    }
  }
  Measurement measurement = total.Measured(messages, messages);
  measurement.latency = LatencyOf(std::move(nanos));
  measurement.figures = {{"p99", "us", measurement.latency->p99 / 1e3, 0, 1.0},
                         {"p99.9", "us", measurement.latency->p999 / 1e3, 0}};
  measurement.generator_busy = 0;  // it spins
  return measurement;
}

}  // namespace

absl::StatusOr<Measurement> ServerGroupLatency(const Context& context, Peer peer) {
  return WithServer(
      context, peer, Durability::kOs, [&](ServerProcess& server) -> absl::StatusOr<Measurement> {
        ASSIGN_OR_RETURN(const LoadConnections both, OpenConnections(server.port(), 2));
        LoadConnection& producer = *both[0];
        LoadConnection& consumer = *both[1];
        const auto read = [&consumer] {
          consumer.Ask({"XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "BLOCK", "0", "STREAMS",
                        kBenchStream, ">"});
        };
        consumer.Ask({"XGROUP", "CREATE", kBenchStream, "g", "$", "MKSTREAM"});
        RETURN_IF_ERROR(consumer.Await());
        consumer.reader().KeepIds();
        read();
        RETURN_IF_ERROR(consumer.Send());
        uint64_t received = 0;
        return TimeEach(
            server, context.entries,
            [&](uint64_t i) {
              AppendXadd(producer.out(), i);
              producer.Expect(1);
              return producer.Send();
            },
            [&]() -> absl::StatusOr<uint64_t> {
              RETURN_IF_ERROR(producer.Receive());
              RETURN_IF_ERROR(consumer.Receive());
              IdList& ids = consumer.reader().ids();
              if (ids.empty()) return received;
              received += ids.size();
              consumer.Ask({"XACK", kBenchStream, "g", ids.back()});
              ids.Clear();
              read();
              RETURN_IF_ERROR(consumer.Send());
              return received;
            });
      });
}

absl::StatusOr<Measurement> ServerPubsubLatency(const Context& context, Peer peer) {
  return WithServer(
      context, peer, Durability::kOs, [&](ServerProcess& server) -> absl::StatusOr<Measurement> {
        ASSIGN_OR_RETURN(const LoadConnections both, OpenConnections(server.port(), 2));
        LoadConnection& publisher = *both[0];
        LoadConnection& subscriber = *both[1];
        subscriber.Ask({"SUBSCRIBE", "ch"});
        RETURN_IF_ERROR(subscriber.Await());
        return TimeEach(
            server, context.entries,
            [&](uint64_t i) {
              publisher.Ask({"PUBLISH", "ch", Value(i)});
              return publisher.Send();
            },
            [&]() -> absl::StatusOr<uint64_t> {
              RETURN_IF_ERROR(publisher.Receive());
              RETURN_IF_ERROR(subscriber.Receive());
              return subscriber.reader().replies() - 1;  // the first one is of SUBSCRIBE
            });
      });
}

}  // namespace evlog::bench
