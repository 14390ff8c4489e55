#include "server/server_metrics.h"

#include <string>

#include "log/base/sample_list.h"
#include "server/command_table.h"
#include "server/process_use.h"

namespace evlog::server {

namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kNanosPerSecond = 1'000'000'000;

void CollectClients(Core& core, SampleList* list) {
  size_t clients = 0, subscribed = 0, input = 0, output = 0;
  for (const ClientRegistry::Entry& entry : core.clients().List()) {
    ++clients;
    subscribed += entry.client->subscribed() ? 1 : 0;
    input += entry.client->input_bytes.load();
    output += entry.client->output_bytes.load();
  }
  list->Gauge("evlog_server_clients", "Clients that are connected.", uint64_t{clients});
  list->Gauge("evlog_server_clients_max", "How many there may be: maxclients.",
              uint64_t{core.settings().clients_max()});
  list->Gauge("evlog_server_subscribed_clients", "Clients that subscribe to channels.",
              uint64_t{subscribed});
  list->Gauge("evlog_server_blocked_clients",
              "Clients that wait for entries, or that CLIENT PAUSE holds.",
              core.stats().blocked.load());
  list->Gauge("evlog_server_input_buffer_bytes", "Requests that have not come whole yet.",
              uint64_t{input});
  list->Gauge("evlog_server_output_buffer_bytes", "Replies and messages that clients did not take.",
              uint64_t{output});
}

void CollectTraffic(Core& core, SampleList* list) {
  const Stats& stats = core.stats();
  list->Counter("evlog_server_connections_total", "Connections that were accepted.",
                stats.connections.load());
  list->Counter("evlog_server_rejected_connections_total",
                "Connections beyond maxclients, which were refused.", stats.rejected.load());
  list->Counter("evlog_server_slow_clients_total",
                "Clients cut off as they did not take what was sent to them.",
                stats.cut_by_output.load());
  list->Counter("evlog_server_commands_total", "Commands that came.", stats.commands.load());
  list->Counter("evlog_server_error_replies_total", "Replies that were errors.",
                core.error_stats().total());
  list->Counter("evlog_server_input_bytes_total", "Bytes that came from clients.",
                stats.input_bytes.load());
  list->Counter("evlog_server_output_bytes_total", "Bytes that were sent to clients.",
                stats.output_bytes.load());
}

void CollectCommands(Core& core, SampleList* list) {
  for (const CommandRow& row : CommandRows()) {
    const CommandCounts& counts = core.command_stats().Of(row);
    if (counts.calls.load() == 0 && counts.rejected.load() == 0) continue;
    const SampleList::Labels labels = {{"command", std::string(row.name)}};
    list->Counter("evlog_server_command_calls_total", "Commands that were carried out.",
                  counts.calls.load())
        .labels = labels;
    list->Counter("evlog_server_command_seconds_total",
                  "Time of threads that carried them out; not of waiting.", counts.nanos.load(),
                  kNanosPerSecond)
        .labels = labels;
    list->Counter("evlog_server_command_failures_total",
                  "Commands that were answered with an error.", counts.failed.load())
        .labels = labels;
    list->Counter("evlog_server_command_rejections_total", "Commands that were not carried out.",
                  counts.rejected.load())
        .labels = labels;
  }
}

void CollectProcess(Core& core, SampleList* list) {
  const ProcessUse use = MeasureProcess();
  list->Gauge("evlog_server_uptime_seconds", "Since the server began.",
              absl::ToInt64Microseconds(core.Now() - core.started()), kMicrosPerSecond);
  list->Gauge("evlog_server_resident_memory_bytes", "Memory of the process.",
              uint64_t{use.resident_bytes});
  list->Counter("evlog_server_cpu_seconds_total", "CPU time of the process.",
                static_cast<uint64_t>(absl::ToInt64Microseconds(use.cpu_user + use.cpu_system)),
                kMicrosPerSecond);
  list->Gauge("evlog_server_build_info", "1, with the version of evlog.", int64_t{1}).labels = {
      {"version", EVLOG_VERSION}};
}

}  // namespace

ServerMetrics::ServerMetrics(MetricsRegistry* registry, Core* core)
    : registry_(registry), core_(core) {
  collector_ = registry->AddCollector(
      [this](std::vector<MetricsRegistry::Sample>* samples) { Collect(samples); });
}

ServerMetrics::~ServerMetrics() { registry_->RemoveCollector(collector_); }

void ServerMetrics::Collect(std::vector<MetricsRegistry::Sample>* samples) const {
  SampleList list(samples);
  CollectClients(*core_, &list);
  CollectTraffic(*core_, &list);
  CollectCommands(*core_, &list);
  CollectProcess(*core_, &list);
}

}  // namespace evlog::server
