#include "server/settings.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "log/base/glob.h"
#include "log/base/status.h"
#include "server/wire/resp_parser.h"

namespace evlog::server {

namespace {

enum class Kind : uint8_t {
  kFixed,   // shown; another value is refused
  kNumber,  // kept and shown
  kText,
};

// What clients, tools and test harnesses ask for. Where nothing here depends on a setting, its
// value says what is true of this server.
struct Row {
  std::string_view name;
  std::string_view value;
  Kind kind;
  // Of a number, as Redis has them.
  int64_t min = 0, max = INT64_MAX;
};
constexpr Row kRows[] = {
    {"activerehashing", "yes", Kind::kText},
    {"appendonly", "yes", Kind::kFixed},
    {"bind", "", Kind::kFixed},
    {"client-output-buffer-limit", "", Kind::kText},
    {"cluster-enabled", "no", Kind::kFixed},
    {"databases", "16", Kind::kFixed},
    {"latency-monitor-threshold", "0", Kind::kNumber},
    {"lazyfree-lazy-user-del", "yes", Kind::kText},
    {"maxclients", "", Kind::kNumber, 1, UINT32_MAX},
    {"maxmemory", "0", Kind::kFixed},
    {"maxmemory-policy", "noeviction", Kind::kFixed},
    {"notify-keyspace-events", "", Kind::kText},
    {"port", "", Kind::kFixed},
    {"proto-max-bulk-len", "", Kind::kFixed},
    {"replica-read-only", "yes", Kind::kFixed},
    {"replica-serve-stale-data", "yes", Kind::kFixed},
    {"requirepass", "", Kind::kText},
    {"save", "", Kind::kText},
    {"slave-read-only", "yes", Kind::kFixed},
    {"slowlog-log-slower-than", "10000", Kind::kNumber, -1},
    {"slowlog-max-len", "128", Kind::kNumber},
    {"stream-node-max-bytes", "4096", Kind::kFixed},
    {"stream-node-max-entries", "100", Kind::kFixed},
    {"timeout", "", Kind::kNumber, 0, INT32_MAX},
};

const Row* FindRow(std::string_view name) {
  const auto* found = std::find_if(std::begin(kRows), std::end(kRows),
                                   [name](const Row& row) { return row.name == name; });
  return found == std::end(kRows) ? nullptr : found;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// "normal 0 0 0 pubsub 32mb 8mb 60": classes and their limits.
struct ClassLimit {
  std::string name;
  OutputLimit limit;
};
absl::Status ParseLimits(std::string_view text, std::vector<ClassLimit>* limits) {
  // As Redis splits it: no text is no word, and two spaces have one between.
  std::vector<std::string_view> words;
  for (size_t begin = 0, end = 0; !text.empty() && end != text.npos; begin = end + 1) {
    end = text.find(' ', begin);
    words.push_back(text.substr(begin, end - begin));
  }
  if (words.size() % 4 != 0) {
    return absl::InvalidArgumentError("Wrong number of arguments in buffer limit configuration.");
  }
  for (size_t i = 0; i < words.size(); i += 4) {
    ClassLimit limit{Lower(words[i]), {}};
    if (limit.name == "slave") limit.name = "replica";
    if (limit.name != "normal" && limit.name != "pubsub" && limit.name != "replica") {
      return absl::InvalidArgumentError(
          "Invalid client class specified in buffer limit configuration.");
    }
    int64_t seconds = 0;
    if (!ParseMemory(words[i + 1], &limit.limit.hard_bytes) ||
        !ParseMemory(words[i + 2], &limit.limit.soft_bytes) ||
        !ParseNumber(words[i + 3], &seconds) || seconds < 0) {
      return absl::InvalidArgumentError(
          "Error in hard, soft or soft_seconds setting in buffer limit configuration.");
    }
    limit.limit.soft_for = absl::Seconds(seconds);
    limits->push_back(std::move(limit));
  }
  return absl::OkStatus();
}

absl::Status CheckValue(const Row& row, std::string_view value) {
  int64_t number = 0;
  if (row.kind == Kind::kNumber && !ParseNumber(value, &number)) {
    return absl::InvalidArgumentError("argument couldn't be parsed into an integer");
  }
  if (row.kind == Kind::kNumber && (number < row.min || number > row.max)) {
    return InvalidArgument("argument must be between {} and {} inclusive", row.min, row.max);
  }
  std::vector<ClassLimit> limits;
  if (row.name == "client-output-buffer-limit") return ParseLimits(value, &limits);
  if (row.name == "notify-keyspace-events" && !ParseEventClasses(value)) {
    return absl::InvalidArgumentError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
  }
  return absl::OkStatus();
}

}  // namespace

bool ParseMemory(std::string_view text, size_t* bytes) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  int64_t number = 0;
  if (!ParseNumber(text.substr(0, digits), &number)) return false;
  const std::string unit = Lower(text.substr(digits));
  constexpr std::array<std::pair<std::string_view, int64_t>, 8> kUnits = {{
      {"", 1},
      {"b", 1},
      {"k", 1000},
      {"kb", 1024},
      {"m", 1000 * 1000},
      {"mb", 1024 * 1024},
      {"g", 1000 * 1000 * 1000},
      {"gb", 1024 * 1024 * 1024},
  }};
  for (const auto& [name, factor] : kUnits) {
    if (unit != name) continue;
    if (number > INT64_MAX / factor) return false;
    *bytes = static_cast<size_t>(number * factor);
    return true;
  }
  return false;
}

Settings::Settings(const ServerOptions& options)
    : needs_password_(!options.password.empty()),
      clients_max_(options.clients_max),
      idle_timeout_s_(absl::ToInt64Seconds(options.idle_timeout)) {
  Store(options.output, &normal_);
  Store(options.pubsub_output, &pubsub_);
  MutexLock lock(mu_);
  password_ = options.password;
  for (const Row& row : kRows) shown_.emplace(row.name, row.value);
  shown_["bind"] = options.host;
  shown_["port"] = std::to_string(options.port);
  shown_["maxclients"] = std::to_string(options.clients_max);
  shown_["timeout"] = std::to_string(idle_timeout_s());
  shown_["requirepass"] = options.password;
  event_classes_ = ParseEventClasses(options.keyspace_events).value_or(0);
  shown_["notify-keyspace-events"] = ShowEventClasses(event_classes_);
  shown_["proto-max-bulk-len"] = std::to_string(options.argument_bytes_max);
  ShowLimits();
}

void Settings::Store(const OutputLimit& from, Limit* to) {
  to->hard = from.hard_bytes;
  to->soft = from.soft_bytes;
  to->seconds = absl::ToInt64Seconds(from.soft_for);
}

OutputLimit Settings::output_limit(bool pubsub) const {
  const Limit& limit = pubsub ? pubsub_ : normal_;
  return {limit.hard.load(std::memory_order_relaxed), limit.soft.load(std::memory_order_relaxed),
          absl::Seconds(limit.seconds.load(std::memory_order_relaxed))};
}

void Settings::ShowLimits() {
  const auto text = [](const Limit& limit) {
    return fmt::format("{} {} {}", limit.hard.load(), limit.soft.load(), limit.seconds.load());
  };
  shown_["client-output-buffer-limit"] =
      fmt::format("normal {} slave {} pubsub {}", text(normal_), text(replica_), text(pubsub_));
}

void Settings::ShowPort(uint16_t port) {
  MutexLock lock(mu_);
  shown_["port"] = std::to_string(port);
}

bool Settings::PasswordIs(std::string_view password) const {
  MutexLock lock(mu_);
  if (password.size() != password_.size()) return false;
  // As long for a password that is nearly right as for one that is not.
  unsigned char differs = 0;
  for (size_t i = 0; i < password.size(); ++i) {
    differs |= static_cast<unsigned char>(password[i] ^ password_[i]);
  }
  return differs == 0;
}

std::vector<std::pair<std::string, std::string>> Settings::Get(
    const std::vector<std::string>& patterns) const {
  std::vector<std::pair<std::string, std::string>> found;
  MutexLock lock(mu_);
  for (const auto& [name, value] : shown_) {
    const std::string& shown = name;
    const bool matches =
        std::any_of(patterns.begin(), patterns.end(),
                    [&shown](const std::string& pattern) { return GlobMatch(pattern, shown); });
    if (matches) found.emplace_back(name, value);
  }
  return found;
}

void Settings::Apply(const Change& change) {
  const std::string name = Lower(change.name);
  shown_[name] = std::string(change.value);
  int64_t number = 0;
  ParseNumber(change.value, &number);
  if (name == "maxclients") clients_max_ = static_cast<size_t>(number);
  if (name == "timeout") idle_timeout_s_ = number;
  if (name == "notify-keyspace-events") {
    event_classes_ = ParseEventClasses(change.value).value_or(0);
    shown_[name] = ShowEventClasses(event_classes_);
  }
  if (name == "requirepass") {
    password_ = std::string(change.value);
    needs_password_ = !password_.empty();
  }
  if (name == "client-output-buffer-limit") {
    std::vector<ClassLimit> limits;
    ParseLimits(change.value, &limits).IgnoreError();  // checked before
    for (const ClassLimit& limit : limits) {
      if (limit.name == "normal") Store(limit.limit, &normal_);
      if (limit.name == "pubsub") Store(limit.limit, &pubsub_);
      if (limit.name == "replica") Store(limit.limit, &replica_);
    }
    ShowLimits();
  }
}

absl::Status Settings::Set(const std::vector<Change>& changes, std::string_view* failed) {
  MutexLock lock(mu_);
  // All names before any value, as in Redis.
  std::vector<const Row*> rows;
  for (const Change& change : changes) {
    *failed = change.name;
    const Row* const row = FindRow(Lower(change.name));
    if (row == nullptr) return absl::NotFoundError("Unknown option or number of arguments");
    const bool twice = std::find(rows.begin(), rows.end(), row) != rows.end();
    if (row->kind == Kind::kFixed && (twice || change.value != shown_.find(row->name)->second)) {
      return absl::FailedPreconditionError("can't set immutable config");
    }
    if (twice) return absl::InvalidArgumentError("duplicate parameter");
    rows.push_back(row);
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    *failed = rows[i]->name;
    RETURN_IF_ERROR(CheckValue(*rows[i], changes[i].value));
  }
  for (const Change& change : changes) Apply(change);
  return absl::OkStatus();
}

}  // namespace evlog::server
