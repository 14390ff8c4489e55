#include "cli/serve_settings.h"

#include <algorithm>
#include <charconv>
#include <type_traits>
#include <utility>

#include "cli/durability.h"
#include "cli/duration.h"
#include "cli/serve_log.h"
#include "cli/size.h"
#include "log/base/status.h"
#include "server/commands/setting_values.h"

namespace evlog::cli {
namespace {

using Kind = SettingKind;

constexpr uint64_t kBytesMax = uint64_t{1} << 40;
constexpr uint64_t kRequestBytesMax = uint64_t{1} << 32;
constexpr uint64_t kAny = INT64_MAX;
constexpr uint64_t kDay = 24 * 3'600'000;
constexpr uint64_t kSecond = 1'000;

// A row whose value is `config.MEMBER`.
#define EVLOG_PLACE(member) [](ServeConfig* config) -> SettingPlace { return &config->member; }

constexpr Setting kSettings[] = {
    {"server", "listen", Kind::kAddress, 0, 0, EVLOG_PLACE(listen),
     "Where clients connect; port 0: any that is free"},
    {"server", "requirepass", Kind::kText, 0, 0, EVLOG_PLACE(server.password),
     "The password that clients must show"},
    {"server", "unprotected", Kind::kFlag, 0, 0, EVLOG_PLACE(server.allow_unprotected),
     "Listen without a password where others can connect"},
    {"server", "http", Kind::kAddress, 0, 0, EVLOG_PLACE(http),
     "Where metrics and health are answered: /metrics, /healthz, /readyz"},
    {"server", "http-unprotected", Kind::kFlag, 0, 0, EVLOG_PLACE(http_unprotected),
     "Answer HTTP, which asks for no password, also where others can connect"},
    {"server", "io-threads", Kind::kCount, 1, 256, EVLOG_PLACE(server.io_threads),
     "Threads for connections"},
    {"server", "storage-threads", Kind::kCount, 1, 256, EVLOG_PLACE(server.storage_threads),
     "Threads for what reads the disk"},
    {"server", "maxclients", Kind::kCount, 1, 10'000'000, EVLOG_PLACE(server.clients_max),
     "Clients at a time"},
    {"server", "timeout", Kind::kSeconds, 0, 365 * kDay, EVLOG_PLACE(server.idle_timeout),
     "Cut clients off that sent nothing for so long; 0: never"},
    {"server", "drain-timeout", Kind::kDuration, 0, kDay, EVLOG_PLACE(server.drain_timeout),
     "How long to wait at the end for clients that do not take their replies"},
    {"server", "compat-version", Kind::kText, 0, 0, EVLOG_PLACE(server.redis_version),
     "The version of Redis that clients are told"},
    {"server", "notify-keyspace-events", Kind::kText, 0, 0, EVLOG_PLACE(server.keyspace_events),
     "Events of keys that subscribers are told of, as Redis writes them: KEA, Ex"},
    {"server", "log-level", Kind::kLogLevel, 0, 0, EVLOG_PLACE(log_level),
     "What is said on stderr, from there on"},
    {"server", "log-format", Kind::kLogFormat, 0, 0, EVLOG_PLACE(log_format),
     "How: lines for people, or an object a line with `time`, `level` and `message`"},
    {"server", "backup-dir", Kind::kText, 0, 0, EVLOG_PLACE(server.backup_directory),
     "The directory where EVLOG BACKUP adds backups of the log; without, it is refused"},
    {"server", "arguments-max", Kind::kCount, 16, kRequestBytesMax,
     EVLOG_PLACE(server.arguments_max), "Arguments of one request"},
    {"server", "argument-bytes-max", Kind::kSize, 1024, kRequestBytesMax,
     EVLOG_PLACE(server.argument_bytes_max), "Bytes of one argument"},
    {"server", "request-bytes-max", Kind::kSize, 1024, kRequestBytesMax,
     EVLOG_PLACE(server.request_bytes_max),
     "Bytes of one request; not below those of one argument"},
    {"server", "output-hard", Kind::kSize, 0, kBytesMax, EVLOG_PLACE(server.output.hard_bytes),
     "Cut a client off when so much waits to be sent to it; 0: no limit"},
    {"server", "output-soft", Kind::kSize, 0, kBytesMax, EVLOG_PLACE(server.output.soft_bytes),
     "The same when it has been more for output-soft-for; 0: no limit"},
    {"server", "output-soft-for", Kind::kSeconds, 0, kDay, EVLOG_PLACE(server.output.soft_for),
     "How long a client may stay above output-soft"},
    {"server", "pubsub-output-hard", Kind::kSize, 0, kBytesMax,
     EVLOG_PLACE(server.pubsub_output.hard_bytes), "output-hard of clients that subscribe"},
    {"server", "pubsub-output-soft", Kind::kSize, 0, kBytesMax,
     EVLOG_PLACE(server.pubsub_output.soft_bytes), "output-soft of clients that subscribe"},
    {"server", "pubsub-output-soft-for", Kind::kSeconds, 0, kDay,
     EVLOG_PLACE(server.pubsub_output.soft_for), "output-soft-for of clients that subscribe"},

    {"streams", "durability", Kind::kLevel, 0, 0, EVLOG_PLACE(server.stream.durability),
     "When appends to a stream that a client creates are acknowledged"},
    {"streams", "partitions", Kind::kCount, 1, kPartitionsMax,
     EVLOG_PLACE(server.stream.partitions), "Partitions of such a stream"},
    {"streams", "max-entries", Kind::kCount, 0, kAny,
     EVLOG_PLACE(server.stream.retention.max_entries), "It keeps the newest so many entries"},
    {"streams", "max-bytes", Kind::kSize, 0, kAny, EVLOG_PLACE(server.stream.retention.max_bytes),
     "It keeps the newest entries that take so much"},
    {"streams", "max-age", Kind::kDuration, 1, 36500 * kDay,
     EVLOG_PLACE(server.stream.retention.max_age), "It keeps entries younger than this"},
    {"streams", "approx", Kind::kFlag, 0, 0, EVLOG_PLACE(approximate),
     "It may keep up to 100 entries more, which costs less"},
    {"streams", "keep-unacked", Kind::kSize, 0, kAny,
     EVLOG_PLACE(server.stream.keep_unacknowledged_bytes),
     "Its bounds wait for consumer groups, and keep so much for them at most; 0: they do not"},
    {"streams", "idempotence-window", Kind::kDuration, 1, kDay,
     EVLOG_PLACE(server.stream.idempotence_window),
     "How long idempotence ids of a producer are remembered"},
    {"streams", "idempotence-ids", Kind::kCount, 1, kIdempotenceIdsMax,
     EVLOG_PLACE(server.stream.idempotence_ids),
     "How many idempotence ids of a producer are remembered"},

    {"log", "dir", Kind::kText, 0, 0, EVLOG_PLACE(directory),
     "The directory of the log; made when it is missing"},
    {"log", "in-flight-bytes", Kind::kSize, 1024, kBytesMax, EVLOG_PLACE(log.in_flight_bytes),
     "Appends that wait to be written; beyond, clients wait"},
    {"log", "tail-cache-bytes", Kind::kSize, 0, kBytesMax, EVLOG_PLACE(log.tail_cache_bytes),
     "Newest entries kept in memory for readers that keep up"},
    {"log", "memtable-bytes", Kind::kSize, 64 << 10, kBytesMax, EVLOG_PLACE(log.memtable_bytes),
     "RocksDB's memtables together; up to twice as much while they are written out"},
    {"log", "block-cache-bytes", Kind::kSize, 64 << 10, kBytesMax,
     EVLOG_PLACE(log.block_cache_bytes), "RocksDB's cache of what was read from the disk"},
    {"log", "idle-streams-max", Kind::kCount, 0, kAny, EVLOG_PLACE(log.idle_streams_max),
     "Streams kept loaded that nobody uses"},
    {"log", "idempotence-cache-bytes", Kind::kSize, 0, kBytesMax,
     EVLOG_PLACE(log.idempotence_cache_bytes),
     "What producers may repeat, kept in memory while they do not append"},
    {"log", "maintenance-interval", Kind::kDuration, 1, kDay, EVLOG_PLACE(log.maintenance_interval),
     "How often retention, expiry, space to be given back and the disk are looked after"},
    {"log", "rewrite-bytes", Kind::kSize, 0, kBytesMax, EVLOG_PLACE(log.rewrite_bytes),
     "Bytes of files that one such look may write anew to give space back"},
    {"log", "disk-free-min", Kind::kSize, 0, kBytesMax, EVLOG_PLACE(log.disk_free_min),
     "Appends are refused while the disk has less left"},
    {"log", "disk-reserve-bytes", Kind::kSize, 0, kBytesMax, EVLOG_PLACE(log.disk_reserve_bytes),
     "Held back in a file, and given free when the disk is full all the same"},

    {"limits", "entry-bytes", Kind::kSize, 64, kLimitBytesMax, EVLOG_PLACE(log.limits.entry_bytes),
     "Fields and key of one entry, encoded"},
    {"limits", "batch-bytes", Kind::kSize, 64, kLimitBytesMax, EVLOG_PLACE(log.limits.batch_bytes),
     "All entries of one batch, encoded; not below those of one entry"},
    {"limits", "fields", Kind::kCount, 1, kFieldsMax, EVLOG_PLACE(log.limits.fields),
     "Fields of one entry"},
    {"limits", "key-bytes", Kind::kSize, 1, kLimitBytesMax - 1, EVLOG_PLACE(log.limits.key_bytes),
     "The key of one entry; below entry-bytes"},
};
#undef EVLOG_PLACE

// "HOST:PORT", ":PORT" or "[::1]:PORT".
bool ParseListen(std::string_view text, std::string* host, uint16_t* port) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::string_view name = text.substr(0, colon);
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  const absl::StatusOr<uint64_t> number = ParseCount(text.substr(colon + 1));
  if (!number.ok() || *number > UINT16_MAX) return false;
  if (!name.empty()) *host = std::string(name);
  *port = static_cast<uint16_t>(*number);
  return true;
}

// The largest unit that leaves nothing over.
std::string SizeText(uint64_t bytes) {
  constexpr const char* kUnits[] = {"", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  while (bytes != 0 && bytes % 1024 == 0 && unit + 1 < std::size(kUnits)) {
    bytes /= 1024;
    ++unit;
  }
  return std::to_string(bytes) + kUnits[unit];
}

std::string NumberText(Kind kind, uint64_t number) {
  if (kind == Kind::kSize) return SizeText(number);
  if (kind == Kind::kCount) return std::to_string(number);
  return DurationText(absl::Milliseconds(static_cast<int64_t>(number)));
}

// A number, bytes or milliseconds; nullopt: nonsense, or out of range.
std::optional<uint64_t> ParseNumber(const Setting& setting, std::string_view text) {
  uint64_t number = 0;
  if (setting.kind == Kind::kDuration || setting.kind == Kind::kSeconds) {
    const absl::StatusOr<absl::Duration> span = ParseDuration(text);
    if (!span.ok()) return std::nullopt;
    number = static_cast<uint64_t>(absl::ToInt64Milliseconds(*span));
    const bool whole = *span == absl::Milliseconds(static_cast<int64_t>(number));
    if (!whole || (setting.kind == Kind::kSeconds && number % kSecond != 0)) return std::nullopt;
  } else {
    const absl::StatusOr<uint64_t> parsed =
        setting.kind == Kind::kSize ? ParseSize(text) : ParseCount(text);
    if (!parsed.ok()) return std::nullopt;
    number = *parsed;
  }
  if (number < setting.min || number > setting.max) return std::nullopt;
  return number;
}

bool IsOneOf(std::span<const std::string_view> words, std::string_view text) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// Reads `text` into one kind of place. False: it may not be there.
struct Reader {
  const Setting& setting;
  std::string_view text;

  bool operator()(bool* value) const {
    *value = text == "true";
    return *value || text == "false";
  }
  bool operator()(std::string* value) const {
    std::string host;
    uint16_t port = 0;
    if (setting.kind == Kind::kAddress && !ParseListen(text, &host, &port)) return false;
    if (setting.kind == Kind::kLogLevel && !IsOneOf(kLogLevels, text)) return false;
    if (setting.kind == Kind::kLogFormat && !IsOneOf(kLogFormats, text)) return false;
    *value = std::string(text);
    return true;
  }
  bool operator()(Durability* value) const {
    const absl::StatusOr<Durability> level = ParseDurability(text);
    if (level.ok()) *value = *level;
    return level.ok();
  }
  bool operator()(absl::Duration* value) const {
    const std::optional<uint64_t> ms = ParseNumber(setting, text);
    if (ms.has_value()) *value = absl::Milliseconds(static_cast<int64_t>(*ms));
    return ms.has_value();
  }
  template <typename T>
  bool operator()(std::optional<T>* value) const {
    T plain{};
    if (!(*this)(&plain)) return false;
    *value = plain;
    return true;
  }
  template <typename T>
  bool operator()(T* value) const {
    const std::optional<uint64_t> number = ParseNumber(setting, text);
    if (number.has_value()) *value = static_cast<T>(*number);
    return number.has_value();
  }
};

struct Writer {
  const Setting& setting;

  std::optional<std::string> operator()(const bool* value) const {
    return *value ? "true" : "false";
  }
  std::optional<std::string> operator()(const std::string* value) const {
    if (value->empty()) return std::nullopt;
    return *value;
  }
  std::optional<std::string> operator()(const Durability* value) const {
    return std::string(server::ShowDurability(*value));
  }
  std::optional<std::string> operator()(const absl::Duration* value) const {
    return DurationText(*value);
  }
  template <typename T>
  std::optional<std::string> operator()(const std::optional<T>* value) const {
    if (!value->has_value()) return std::nullopt;
    return (*this)(&**value);
  }
  template <typename T>
  std::optional<std::string> operator()(const T* value) const {
    return NumberText(setting.kind, static_cast<uint64_t>(*value));
  }
};

}  // namespace

absl::Status ServeConfig::Finish() {
  if (!ParseListen(listen, &server.host, &server.port)) {
    return InvalidArgument("listen is {}; allowed: HOST:PORT", Quoted(listen));
  }
  if (!http.empty()) {
    HttpOptions& options = server.http.emplace();
    if (!ParseListen(http, &options.host, &options.port)) {
      return InvalidArgument("http is {}; allowed: HOST:PORT", Quoted(http));
    }
    options.allow_unprotected = http_unprotected;
  }
  Retention& keep = server.stream.retention;
  keep.exact = !keep.empty() && !approximate;
  server.limits = log.limits;
  RETURN_IF_ERROR(log.Validate());
  return server.Validate();
}

std::span<const Setting> ServeSettings() { return kSettings; }

std::string AllowedText(const Setting& setting) {
  const auto range = [&setting] {
    return NumberText(setting.kind, setting.min) +
           (setting.max == kAny ? " or more" : ".." + NumberText(setting.kind, setting.max));
  };
  switch (setting.kind) {
    case Kind::kFlag:
      return "true or false";
    case Kind::kText:
      return "text";
    case Kind::kAddress:
      return "HOST:PORT";
    case Kind::kLevel:
      return "sync, os or async";
    case Kind::kLogLevel:
      return "debug, info, warn, error or off";
    case Kind::kLogFormat:
      return "text or json";
    case Kind::kCount:
      return "a number, " + range();
    case Kind::kSize:
      return "a size, " + range();
    case Kind::kDuration:
      return "a time, " + range();
    case Kind::kSeconds:
      return "whole seconds, " + range();
  }
  return "";
}

std::optional<std::string> ValueText(const Setting& setting, const ServeConfig& config) {
  ServeConfig copy = config;  // places are of what can be changed
  return std::visit(Writer{setting}, setting.place(&copy));
}

absl::Status Assign(const Setting& setting, const std::string& what, std::string_view text,
                    ServeConfig* config) {
  if (std::visit(Reader{setting, text}, setting.place(config))) return absl::OkStatus();
  return InvalidArgument("{} is {}; allowed: {}", what, Quoted(text), AllowedText(setting));
}

}  // namespace evlog::cli
