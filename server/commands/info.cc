// INFO: what the server does and how it is, as Redis 7.0 words it, for people and their monitoring.
//
// A field of Redis is here if its value is true of this server: counted, or what never happens here
// (there are no replicas, scripts, forks and evictions), which is 0. Others are left out, since who
// reads them takes them for real: keyspace_hits and keyspace_misses, the parts of used_memory.
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "server/commands/handlers.h"
#include "server/commands/setting_values.h"
#include "server/process_use.h"

namespace evlog::server {

namespace {

// As Redis writes sizes for people.
std::string Human(size_t bytes) {
  if (bytes < 1024) return fmt::format("{}B", bytes);
  double size = static_cast<double>(bytes) / 1024;
  const char* unit = "KMGTP";
  for (; size >= 1024 && unit[1] != '\0'; ++unit) size /= 1024;
  return fmt::format("{:.2f}{}", size, *unit);
}

// Git is not asked when evlog is built; the same words as of a Redis that was built without it. No
// configuration file: none that CONFIG REWRITE could write.
std::string ServerSection(Call& call) {
  utsname system{};
  uname(&system);
  const int64_t uptime_s = absl::ToInt64Seconds(call.now - call.core.started());
  return fmt::format(
      "redis_version:{}\r\nredis_git_sha1:00000000\r\nredis_git_dirty:0\r\nevlog_version:{}\r\n"
      "redis_mode:standalone\r\nos:{} {} {}\r\narch_bits:{}\r\nmultiplexing_api:epoll\r\n"
      "process_id:{}\r\nrun_id:{}\r\ntcp_port:{}\r\nserver_time_usec:{}\r\n"
      "uptime_in_seconds:{}\r\nuptime_in_days:{}\r\nhz:{}\r\nconfigured_hz:{}\r\n"
      "executable:{}\r\nconfig_file:\r\nio_threads_active:{}\r\n",
      call.core.options().redis_version, EVLOG_VERSION, system.sysname, system.release,
      system.machine, 8 * sizeof(void*), getpid(), call.core.run_id(), call.core.port(),
      absl::ToUnixMicros(call.now), uptime_s, uptime_s / 86400, kTicksPerSecond, kTicksPerSecond,
      ExecutablePath(), call.core.options().io_threads > 1 ? 1 : 0);
}

std::string ClientsSection(Call& call) {
  size_t subscribed = 0, input = 0, output = 0;
  for (const ClientRegistry::Entry& entry : call.core.clients().List()) {
    subscribed += entry.client->subscribed() ? 1 : 0;
    input = std::max(input, entry.client->input_bytes.load());
    output = std::max(output, entry.client->output_bytes.load());
  }
  return fmt::format(
      "connected_clients:{}\r\ncluster_connections:0\r\nmaxclients:{}\r\n"
      "client_recent_max_input_buffer:{}\r\nclient_recent_max_output_buffer:{}\r\n"
      "blocked_clients:{}\r\ntracking_clients:0\r\npubsub_clients:{}\r\n"
      "clients_in_timeout_table:0\r\n",
      call.core.clients().size(), call.core.settings().clients_max(), input, output,
      call.core.stats().blocked.load(), subscribed);
}

// What is used is what is resident: no allocator is asked, so that both are the same.
std::string MemorySection(Call&) {
  const ProcessUse use = MeasureProcess();
  const size_t used = use.resident_bytes;
  const size_t peak = std::max(use.peak_bytes, used);  // they are not of one moment
  const size_t machine = MachineMemoryBytes();
  const double percent =
      peak == 0 ? 0 : 100 * static_cast<double>(used) / static_cast<double>(peak);
  return fmt::format(
      "used_memory:{}\r\nused_memory_human:{}\r\nused_memory_rss:{}\r\n"
      "used_memory_rss_human:{}\r\nused_memory_peak:{}\r\nused_memory_peak_human:{}\r\n"
      "used_memory_peak_perc:{:.2f}%\r\ntotal_system_memory:{}\r\n"
      "total_system_memory_human:{}\r\nused_memory_lua:0\r\nused_memory_lua_human:0B\r\n"
      "used_memory_scripts:0\r\nused_memory_scripts_human:0B\r\nnumber_of_cached_scripts:0\r\n"
      "number_of_functions:0\r\nnumber_of_libraries:0\r\nmaxmemory:0\r\nmaxmemory_human:0B\r\n"
      "maxmemory_policy:noeviction\r\nmem_fragmentation_ratio:1.00\r\n"
      "mem_fragmentation_bytes:0\r\nmem_replication_backlog:0\r\n"
      "mem_total_replication_buffers:0\r\nmem_clients_slaves:0\r\nmem_cluster_links:0\r\n"
      "active_defrag_running:0\r\n",
      used, Human(used), used, Human(used), peak, Human(peak), percent, machine, Human(machine));
}

// Nothing is ever saved as a whole: as a Redis tells it that only appends to its file, and has not
// rewritten that yet.
std::string PersistenceSection(Call& call) {
  const bool healthy = call.log().Health().ok();
  return fmt::format(
      "loading:0\r\nasync_loading:0\r\nrdb_changes_since_last_save:0\r\n"
      "rdb_bgsave_in_progress:0\r\nrdb_last_save_time:{}\r\nrdb_last_bgsave_status:ok\r\n"
      "rdb_last_bgsave_time_sec:-1\r\nrdb_current_bgsave_time_sec:-1\r\nrdb_saves:0\r\n"
      "rdb_last_cow_size:0\r\naof_enabled:1\r\naof_rewrite_in_progress:0\r\n"
      "aof_rewrite_scheduled:0\r\naof_last_rewrite_time_sec:-1\r\n"
      "aof_current_rewrite_time_sec:-1\r\naof_last_bgrewrite_status:ok\r\naof_rewrites:0\r\n"
      "aof_rewrites_consecutive_failures:0\r\naof_last_write_status:{}\r\n"
      "aof_last_cow_size:0\r\nmodule_fork_in_progress:0\r\nmodule_fork_last_cow_size:0\r\n",
      absl::ToUnixSeconds(call.core.started()), healthy ? "ok" : "err");
}

// Of what there is none here.
constexpr char kNever[] =
    "evicted_keys:0\r\nevicted_clients:0\r\ntotal_eviction_exceeded_time:0\r\n"
    "current_eviction_exceeded_time:0\r\nlatest_fork_usec:0\r\ntotal_forks:0\r\n"
    "migrate_cached_sockets:0\r\nslave_expires_tracked_keys:0\r\nactive_defrag_hits:0\r\n"
    "active_defrag_misses:0\r\nactive_defrag_key_hits:0\r\nactive_defrag_key_misses:0\r\n"
    "total_active_defrag_time:0\r\ncurrent_active_defrag_time:0\r\ntracking_total_keys:0\r\n"
    "tracking_total_items:0\r\ntracking_total_prefixes:0\r\nunexpected_error_replies:0\r\n"
    "dump_payload_sanitizations:0\r\n";

std::string StatsSection(Call& call) {
  Core& core = call.core;
  const Stats& stats = core.stats();
  const Channels& channels = core.log(0).channels();
  const absl::Time now = core.Now();  // the counters are those of now, too
  core.SampleTraffic(now);
  const TrafficRates::Rates rates = core.traffic_rates(now);
  return fmt::format(
             "total_connections_received:{}\r\ntotal_commands_processed:{}\r\n"
             "instantaneous_ops_per_sec:{:.0f}\r\ntotal_net_input_bytes:{}\r\n"
             "total_net_output_bytes:{}\r\ntotal_net_repl_input_bytes:0\r\n"
             "total_net_repl_output_bytes:0\r\ninstantaneous_input_kbps:{:.2f}\r\n"
             "instantaneous_output_kbps:{:.2f}\r\ninstantaneous_input_repl_kbps:0.00\r\n"
             "instantaneous_output_repl_kbps:0.00\r\nrejected_connections:{}\r\nsync_full:0\r\n"
             "sync_partial_ok:0\r\nsync_partial_err:0\r\nexpired_keys:{}\r\npubsub_channels:{}\r\n"
             "pubsub_patterns:{}\r\npubsubshard_channels:{}\r\ntotal_error_replies:{}\r\n"
             "client_output_buffer_limit_disconnections:{}\r\n",
             stats.connections.load(), stats.commands.load(), rates.commands,
             stats.input_bytes.load(), stats.output_bytes.load(), rates.input_bytes / 1024,
             rates.output_bytes / 1024, stats.rejected.load(), stats.expired.load(),
             channels.ListChannels().size(), channels.CountPatterns(),
             channels.ListChannels("*", Topic::Kind::kSharded).size(), core.error_stats().total(),
             stats.cut_by_output.load()) +
         kNever;
}

std::string ReplicationSection(Call& call) {
  return fmt::format(
      "role:master\r\nconnected_slaves:0\r\nmaster_failover_state:no-failover\r\n"
      "master_replid:{}\r\nmaster_replid2:{}\r\nmaster_repl_offset:0\r\nsecond_repl_offset:-1\r\n"
      "repl_backlog_active:0\r\nrepl_backlog_size:0\r\nrepl_backlog_first_byte_offset:0\r\n"
      "repl_backlog_histlen:0\r\n",
      call.core.run_id(), std::string(call.core.run_id().size(), '0'));
}

std::string CpuSection(Call&) {
  const ProcessUse use = MeasureProcess();
  return fmt::format(
      "used_cpu_sys:{:.6f}\r\nused_cpu_user:{:.6f}\r\nused_cpu_sys_children:{:.6f}\r\n"
      "used_cpu_user_children:{:.6f}\r\n",
      absl::ToDoubleSeconds(use.cpu_system), absl::ToDoubleSeconds(use.cpu_user),
      absl::ToDoubleSeconds(use.children_cpu_system), absl::ToDoubleSeconds(use.children_cpu_user));
}

std::string ModulesSection(Call&) { return {}; }

std::string CommandstatsSection(Call& call) {
  std::string text;
  for (const CommandRow& row : CommandRows()) {
    const CommandCounts& counts = call.core.command_stats().Of(row);
    const uint64_t calls = counts.calls, rejected = counts.rejected;
    if (calls == 0 && rejected == 0) continue;
    const double usec = static_cast<double>(counts.nanos) / 1000;
    text += fmt::format(
        "cmdstat_{}:calls={},usec={:.0f},usec_per_call={:.2f},rejected_calls={},failed_calls={}"
        "\r\n",
        std::string(row.name), calls, usec, calls == 0 ? 0 : usec / static_cast<double>(calls),
        rejected, counts.failed.load());
  }
  return text;
}

std::string ErrorstatsSection(Call& call) {
  std::string text;
  for (const auto& [kind, count] : call.core.error_stats().List()) {
    text += fmt::format("errorstat_{}:count={}\r\n", kind, count);
  }
  return text;
}

std::string ClusterSection(Call&) { return "cluster_enabled:0\r\n"; }

std::string KeyspaceSection(Call& call) {
  std::string text;
  for (int database = 0; database < kDatabases; ++database) {
    const absl::StatusOr<std::vector<StreamInfo>> streams = call.core.log(database).ListStreams();
    if (!streams.ok() || streams->empty()) continue;
    int64_t expiring = 0, ttl_ms = 0;  // the mean, as it goes: a sum could be too large
    for (const StreamInfo& info : *streams) {
      if (!info.options.expires_at) continue;
      const int64_t ms = absl::ToInt64Milliseconds(*info.options.expires_at - call.now);
      ttl_ms += (std::max<int64_t>(ms, 0) - ttl_ms) / ++expiring;
    }
    text += fmt::format("db{}:keys={},expires={},avg_ttl={}\r\n", database, streams->size(),
                        expiring, ttl_ms);
  }
  return text;
}

// What Redis has no word for. Of the owner of a log, so all of it is in memory.
std::string EvlogSection(Call& call) {
  const absl::StatusOr<LogInfo> log = call.log().Describe();
  if (!log.ok()) return {};
  return fmt::format(
      "log_id:{:016x}\r\ntable_bytes:{}\r\ngarbage_bytes:{}\r\nwritten_commit:{}\r\n"
      "synced_commit:{}\r\nappends:{}\r\n",
      log->log_id, log->disk_bytes, log->garbage_bytes, log->written_commit, log->synced_commit,
      log->appends.ok() ? "ok" : "refused");
}

struct Section {
  const char* title;  // also its name, in whatever case
  std::string (*text)(Call& call);
  bool by_default = true;
};
// In the order of Redis, with what is ours behind.
constexpr Section kSections[] = {
    {"Server", ServerSection},
    {"Clients", ClientsSection},
    {"Memory", MemorySection},
    {"Persistence", PersistenceSection},
    {"Stats", StatsSection},
    {"Replication", ReplicationSection},
    {"CPU", CpuSection},
    {"Modules", ModulesSection},
    {"Commandstats", CommandstatsSection, false},
    {"Errorstats", ErrorstatsSection},
    {"Cluster", ClusterSection},
    {"Keyspace", KeyspaceSection},
    {"Evlog", EvlogSection},
};

bool IsWanted(const Call& call, const Section& section) {
  if (call.argc() == 1) return section.by_default;
  return std::any_of(call.args.begin() + 1, call.args.end(), [&section](std::string_view arg) {
    if (Is(arg, "ALL") || Is(arg, "EVERYTHING")) return true;
    if (Is(arg, "DEFAULT")) return section.by_default;
    return SameName(arg, section.title);
  });
}

}  // namespace

void HandleInfo(Call& call) {
  std::string text;
  for (const Section& section : kSections) {
    if (!IsWanted(call, section)) continue;
    if (!text.empty()) text += "\r\n";
    text += fmt::format("# {}\r\n", section.title) + section.text(call);
  }
  call.reply.Verbatim(text);
}

}  // namespace evlog::server
