// INFO, CONFIG, TIME and what else is about the server as a whole.
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "server/commands/handlers.h"
#include "server/process_use.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

constexpr std::string_view kSections[] = {"server",       "clients",  "memory",      "persistence",
                                          "stats",        "cpu",      "replication", "cluster",
                                          "commandstats", "keyspace", "evlog"};

std::string Human(size_t bytes) {
  return bytes < (size_t{1} << 20) ? fmt::format("{:.2f}K", static_cast<double>(bytes) / 1024)
                                   : fmt::format("{:.2f}M", static_cast<double>(bytes) / 1048576);
}

std::string ServerSection(Call& call) {
  utsname system{};
  uname(&system);
  const int64_t uptime_s = absl::ToInt64Seconds(call.now - call.core.started());
  return fmt::format(
      "redis_version:{}\r\nevlog_version:{}\r\nredis_mode:standalone\r\nos:{} {} {}\r\n"
      "arch_bits:64\r\nprocess_id:{}\r\nrun_id:{}\r\ntcp_port:{}\r\nserver_time_usec:{}\r\n"
      "uptime_in_seconds:{}\r\nuptime_in_days:{}\r\nio_threads_active:{}\r\n",
      call.core.options().redis_version, EVLOG_VERSION, system.sysname, system.release,
      system.machine, getpid(), call.core.run_id(), call.core.port(), absl::ToUnixMicros(call.now),
      uptime_s, uptime_s / 86400, call.core.options().io_threads > 1 ? 1 : 0);
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

std::string MemorySection(Call&) {
  const ProcessUse use = MeasureProcess();
  return fmt::format(
      "used_memory:{}\r\nused_memory_human:{}\r\nused_memory_rss:{}\r\nused_memory_peak:{}\r\n"
      "maxmemory:0\r\nmaxmemory_human:0B\r\nmaxmemory_policy:noeviction\r\n"
      "mem_fragmentation_ratio:1.00\r\n",
      use.resident_bytes, Human(use.resident_bytes), use.resident_bytes,
      std::max(use.peak_bytes, use.resident_bytes));  // they are not of one moment
}

std::string PersistenceSection(Call& call) {
  const bool healthy = call.log().Health().ok();
  return fmt::format(
      "loading:0\r\nasync_loading:0\r\nrdb_changes_since_last_save:0\r\n"
      "rdb_bgsave_in_progress:0\r\naof_enabled:1\r\naof_rewrite_in_progress:0\r\n"
      "aof_last_write_status:{}\r\n",
      healthy ? "ok" : "err");
}

std::string StatsSection(Call& call) {
  const Stats& stats = call.core.stats();
  const Channels& channels = call.log().channels();
  return fmt::format(
      "total_connections_received:{}\r\ntotal_commands_processed:{}\r\n"
      "total_net_input_bytes:{}\r\ntotal_net_output_bytes:{}\r\nrejected_connections:{}\r\n"
      "total_error_replies:{}\r\nclient_output_buffer_limit_disconnections:{}\r\n"
      "pubsub_channels:{}\r\npubsub_patterns:{}\r\nexpired_keys:{}\r\nevicted_keys:0\r\n",
      stats.connections.load(), stats.commands.load(), stats.input_bytes.load(),
      stats.output_bytes.load(), stats.rejected.load(), stats.errors.load(),
      stats.cut_by_output.load(), channels.ListChannels().size(), channels.CountPatterns(),
      stats.expired.load());
}

std::string CpuSection(Call&) {
  const ProcessUse use = MeasureProcess();
  return fmt::format("used_cpu_sys:{:.6f}\r\nused_cpu_user:{:.6f}\r\n",
                     absl::ToDoubleSeconds(use.cpu_system), absl::ToDoubleSeconds(use.cpu_user));
}

std::string ReplicationSection(Call& call) {
  return fmt::format(
      "role:master\r\nconnected_slaves:0\r\nmaster_failover_state:no-failover\r\n"
      "master_replid:{}\r\nmaster_repl_offset:0\r\nrepl_backlog_active:0\r\n",
      call.core.run_id());
}

std::string KeyspaceSection(Call& call) {
  std::string text;
  for (int database = 0; database < kDatabases; ++database) {
    const absl::StatusOr<std::vector<StreamInfo>> streams = call.core.log(database).ListStreams();
    if (!streams.ok() || streams->empty()) continue;
    const auto expiring =
        std::count_if(streams->begin(), streams->end(),
                      [](const StreamInfo& info) { return info.options.expires_at.has_value(); });
    text +=
        fmt::format("db{}:keys={},expires={},avg_ttl=0\r\n", database, streams->size(), expiring);
  }
  return text;
}

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

std::string Section(Call& call, std::string_view name) {
  if (name == "server") return "# Server\r\n" + ServerSection(call);
  if (name == "clients") return "# Clients\r\n" + ClientsSection(call);
  if (name == "memory") return "# Memory\r\n" + MemorySection(call);
  if (name == "persistence") return "# Persistence\r\n" + PersistenceSection(call);
  if (name == "stats") return "# Stats\r\n" + StatsSection(call);
  if (name == "cpu") return "# CPU\r\n" + CpuSection(call);
  if (name == "replication") return "# Replication\r\n" + ReplicationSection(call);
  if (name == "cluster") return "# Cluster\r\ncluster_enabled:0\r\n";
  if (name == "commandstats") return "# Commandstats\r\n" + CommandstatsSection(call);
  if (name == "evlog") return "# Evlog\r\n" + EvlogSection(call);
  return "# Keyspace\r\n" + KeyspaceSection(call);
}

}  // namespace

void HandleInfo(Call& call) {
  const auto wanted = [&call](std::string_view section) {
    const bool by_default = section != "commandstats";
    if (call.argc() == 1) return by_default;
    return std::any_of(call.args.begin() + 1, call.args.end(), [&](std::string_view arg) {
      if (Is(arg, "ALL") || Is(arg, "EVERYTHING")) return true;
      if (Is(arg, "DEFAULT")) return by_default;
      std::string upper(section);
      for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
      return Is(arg, upper);
    });
  };
  std::string text;
  for (const std::string_view section : kSections) {
    if (!wanted(section)) continue;
    if (!text.empty()) text += "\r\n";
    text += Section(call, section);
  }
  call.reply.Verbatim(text);
}

void HandleConfigGet(Call& call) {
  std::vector<std::string> patterns;
  for (const std::string_view arg : call.args.subspan(2)) {
    std::string& pattern = patterns.emplace_back(arg);
    for (char& c : pattern) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
  }
  const auto found = call.core.settings().Get(patterns);
  call.reply.Map(found.size());
  for (const auto& [name, value] : found) {
    call.reply.Bulk(name);
    call.reply.Bulk(value);
  }
}

void HandleConfigSet(Call& call) {
  if (call.argc() % 2 != 0) {
    return call.reply.Error("ERR wrong number of arguments for 'config|set' command");
  }
  std::vector<Settings::Change> changes;
  for (size_t i = 2; i < call.argc(); i += 2) {
    changes.push_back({call.arg(i), call.arg(i + 1)});
  }
  std::string_view failed;
  const absl::Status status = call.core.settings().Set(changes, &failed);
  if (status.ok()) return call.reply.Ok();
  if (absl::IsNotFound(status)) {
    return call.reply.Error(fmt::format(
        "ERR Unknown option or number of arguments for CONFIG SET - '{}'", std::string(failed)));
  }
  call.reply.Error(fmt::format("ERR CONFIG SET failed (possibly related to argument '{}') - {}",
                               std::string(failed), std::string(status.message())));
}

void HandleConfigResetstat(Call& call) {
  call.core.stats().Reset();
  call.core.command_stats().Reset();
  call.reply.Ok();
}

void HandleConfigRewrite(Call& call) {
  call.reply.Error("ERR The server is running without a config file");
}

void HandleTime(Call& call) {
  const int64_t us = absl::ToUnixMicros(call.now);
  call.reply.Array(2);
  call.reply.BulkNumber(us / 1'000'000);
  call.reply.BulkNumber(us % 1'000'000);
}

void HandleWait(Call& call) {
  int64_t replicas = 0, timeout_ms = 0;
  if (!ParseNumber(call.arg(1), &replicas)) return call.reply.Error(kNotAnInteger);
  if (!ParseNumber(call.arg(2), &timeout_ms)) {
    return call.reply.Error("ERR timeout is not an integer or out of range");
  }
  if (timeout_ms < 0) return call.reply.Error("ERR timeout is negative");
  call.reply.Integer(0);
}

void HandleWaitaof(Call& call) {
  int64_t local = 0, replicas = 0, timeout_ms = 0;
  if (!ParseNumber(call.arg(1), &local) || local < 0 || local > 1 ||
      !ParseNumber(call.arg(2), &replicas) || replicas < 0) {
    return call.reply.Error("ERR value is out of range, must between 0 and 1");
  }
  if (!ParseNumber(call.arg(3), &timeout_ms) || timeout_ms < 0) {
    return call.reply.Error("ERR timeout is not an integer or out of range");
  }
  const absl::Status status = call.log().Sync();
  if (!status.ok()) return ReplyStatus(call.reply, status);
  call.reply.Array(2);
  call.reply.Integer(1);
  call.reply.Integer(0);
}

namespace {

// [NOSAVE | SAVE] [NOW] [FORCE], which mean nothing here, or ABORT alone. False: neither.
bool ParseShutdown(const Call& call, bool* abort) {
  bool save = false, no_save = false, other = false;
  for (const std::string_view option : call.args.subspan(1)) {
    if (Is(option, "ABORT")) {
      *abort = true;
    } else if (Is(option, "SAVE")) {
      save = true;
    } else if (Is(option, "NOSAVE")) {
      no_save = true;
    } else if (Is(option, "NOW") || Is(option, "FORCE")) {
      other = true;
    } else {
      return false;
    }
  }
  return !(save && no_save) && !(*abort && (save || no_save || other));
}

}  // namespace

void HandleShutdown(Call& call) {
  bool abort = false;
  if (!ParseShutdown(call, &abort)) return call.reply.Error(kSyntaxError);
  if (abort) return call.reply.Error("ERR No shutdown in progress.");
  if (call.core.options().on_shutdown == nullptr) {
    return call.reply.Error("ERR this server is ended by the application that it is part of");
  }
  // As in Redis, the end of the connection is the answer.
  call.connection->SetReplyMode(ReplyMode::kSkipNext);
  call.connection->CloseAfterReplies();
  call.core.options().on_shutdown();
}

void HandleRole(Call& call) {
  call.reply.Array(3);
  call.reply.Bulk("master");
  call.reply.Integer(0);
  call.reply.Array(0);
}

void HandleEmptyArray(Call& call) { call.reply.Array(0); }
void HandleZero(Call& call) { call.reply.Integer(0); }
void HandleOk(Call& call) { call.reply.Ok(); }

void HandleSlowlogGet(Call& call) {
  if (call.argc() > 3) {
    return call.reply.Error(
        "ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP.");
  }
  int64_t count = 0;
  if (call.argc() == 3 && (!ParseNumber(call.arg(2), &count) || count < -1)) {
    return call.reply.Error("ERR count should be greater than or equal to -1");
  }
  call.reply.Array(0);
}

void HandleLatencyDoctor(Call& call) {
  call.reply.Verbatim("Slow events are not recorded by this server.\n");
}

void HandleMemoryDoctor(Call& call) {
  call.reply.Verbatim("Memory is bounded by the options of the log.\n");
}

void HandleAclWhoami(Call& call) { call.reply.Bulk("default"); }

void HandleClusterDisabled(Call& call) {
  call.reply.Error("ERR This instance has cluster support disabled");
}

}  // namespace evlog::server
