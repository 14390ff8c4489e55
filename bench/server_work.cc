#include "bench/server_work.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "bench/payload.h"
#include "log/base/status.h"

namespace evlog::bench {

absl::StatusOr<Measurement> WithServer(const Context& context, Peer peer, Durability durability,
                                       const ServerWork& work) {
  absl::StatusOr<Measurement> measurement = absl::InternalError("the work was not done");
  const auto run = [&]() -> absl::StatusOr<Measurement> {
    ASSIGN_OR_RETURN(const std::unique_ptr<ServerProcess> server,
                     ServerProcess::Start(peer, durability, context.dir));
    ASSIGN_OR_RETURN(Measurement measured, work(*server));
    RETURN_IF_ERROR(server->Stop());
    return measured;
  };
  std::thread([&] { measurement = run(); }).join();
  return measurement;
}

Measurement ServerWatch::Measured(uint64_t entries, uint64_t checksum) const {
  Measurement measurement;
  measurement.entries = entries;
  measurement.seconds = watch_.Seconds();
  measurement.generator_busy = watch_.ThreadCpuSeconds() / measurement.seconds;
  measurement.cpu_seconds = server_.CpuSeconds() - cpu_start_;
  measurement.checksum = checksum;
  return measurement;
}

void AppendXadd(std::string* out, uint64_t i, bool capped) {
  static_assert(kBenchStream == "s" && kFieldName == "v" && kValueBytes == 100);
  *out += capped ? "*8\r\n$4\r\nXADD\r\n$1\r\ns\r\n$6\r\nMAXLEN\r\n$1\r\n~\r\n$6\r\n100000\r\n"
                   "$1\r\n*\r\n$1\r\nv\r\n$100\r\n"
                 : "*5\r\n$4\r\nXADD\r\n$1\r\ns\r\n$1\r\n*\r\n$1\r\nv\r\n$100\r\n";
  *out += Value(i);
  *out += "\r\n";
}

namespace {

// Entries 0 to n - 1. Answers the values that came back.
absl::StatusOr<uint64_t> Append(const LoadConnections& connections, uint64_t n, uint64_t pipeline,
                                bool capped) {
  uint64_t sent = 0;
  RETURN_IF_ERROR(Drive(connections, [&](size_t, LoadConnection& connection) {
    const uint64_t now = std::min(pipeline, n - sent);
    for (uint64_t i = 0; i != now; ++i) AppendXadd(connection.out(), sent++, capped);
    connection.Expect(now);
    return now != 0;
  }));
  uint64_t values = 0;
  for (const auto& connection : connections) values += connection->reader().values();
  return values;
}

}  // namespace

absl::Status FillStream(const ServerProcess& server, uint64_t n) {
  ASSIGN_OR_RETURN(const LoadConnections connections, OpenConnections(server.port(), 8));
  return Append(connections, n, 64, /*capped=*/false).status();
}

absl::StatusOr<Measurement> ServerXadd(const Context& context, Peer peer, const XaddShape& shape) {
  return WithServer(
      context, peer, shape.durability, [&](ServerProcess& server) -> absl::StatusOr<Measurement> {
        ASSIGN_OR_RETURN(const LoadConnections connections,
                         OpenConnections(server.port(), shape.clients));
        // The stream is there, and is as long as it may be where it is capped.
        RETURN_IF_ERROR(FillStream(server, shape.capped ? 110'000 : 1));
        const ServerWatch watch(server);
        ASSIGN_OR_RETURN(const uint64_t values,
                         Append(connections, context.entries, shape.pipeline, shape.capped));
        return watch.Measured(context.entries, values);
      });
}

}  // namespace evlog::bench
