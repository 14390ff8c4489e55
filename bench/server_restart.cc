// What a server with many entries takes of memory, and how long it takes to serve them again.
#include <string>
#include <thread>

#include "bench/server_work.h"
#include "log/base/status.h"

namespace evlog::bench {
namespace {

// Seconds until it answers how many entries there are.
absl::StatusOr<double> Restart(const Context& context, Peer peer,
                               std::unique_ptr<ServerProcess>* server) {
  const Stopwatch watch;
  ASSIGN_OR_RETURN(*server, ServerProcess::Start(peer, Durability::kOs, context.dir));
  std::string request;
  AppendRequest(&request, {"XLEN", kBenchStream});
  RETURN_IF_ERROR((*server)->AwaitReply(request, ":" + std::to_string(context.entries)));
  return watch.Seconds();
}

absl::StatusOr<Measurement> FillAndRestart(const Context& context, Peer peer) {
  ASSIGN_OR_RETURN(std::unique_ptr<ServerProcess> server,
                   ServerProcess::Start(peer, Durability::kOs, context.dir));
  const ServerWatch watch(*server);
  RETURN_IF_ERROR(FillStream(*server, context.entries));
  Measurement measurement = watch.Measured(context.entries, context.entries);
  const double resident = server->ResidentMiB();
  RETURN_IF_ERROR(server->Stop());
  ASSIGN_OR_RETURN(const double clean, Restart(context, peer, &server));
  const double loaded = server->ResidentMiB();
  server->Kill();
  ASSIGN_OR_RETURN(const double killed, Restart(context, peer, &server));
  RETURN_IF_ERROR(server->Stop());
  measurement.figures = {{"resident memory, filled", "MiB", resident, 0, 0.2},
                         {"resident memory, restarted", "MiB", loaded, 0, 0.2},
                         {"restart until the first reply", "s", clean, 0.3},
                         {"the same after kill -9", "s", killed, 0.3}};
  return measurement;
}

}  // namespace

absl::StatusOr<Measurement> ServerRestart(const Context& context, Peer peer) {
  absl::StatusOr<Measurement> measurement = absl::InternalError("the work was not done");
  std::thread([&] { measurement = FillAndRestart(context, peer); }).join();
  return measurement;
}

}  // namespace evlog::bench
