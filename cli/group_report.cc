#include "cli/group_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

#include "cli/duration.h"
#include "cli/encode.h"
#include "groups/pending.h"
#include "server/commands/setting_values.h"

namespace evlog::cli {
namespace {

// How long ago that was; a clock that stepped back makes it now.
absl::Duration Since(absl::Time then, absl::Time now) {
  return std::max(now - then, absl::ZeroDuration());
}

bool Ordered(const GroupOptions& options) { return options.order == GroupOptions::Order::kOrdered; }

const char* PoisonName(const GroupOptions& options) {
  return options.poison == GroupOptions::Poison::kBlock ? "block" : "park";
}

std::string OrderText(const GroupOptions& options) {
  if (!Ordered(options)) return "shared";
  return options.poison == GroupOptions::Poison::kBlock
             ? "ordered; what is given up blocks its partition"
             : "ordered; what is given up is parked";
}

std::string AckWaitText(const GroupOptions& options) {
  return options.ack_wait == absl::InfiniteDuration() ? "without an end"
                                                      : DurationText(options.ack_wait);
}

std::string BackoffText(const GroupOptions& options) {
  std::vector<std::string> steps;
  for (const absl::Duration step : options.backoff) steps.push_back(DurationText(step));
  return steps.empty() ? "-" : fmt::format("{}", fmt::join(steps, ", "));
}

std::string DeliversText(const GroupOptions& options) {
  if (!options.redelivers) return "once, then to claims only";
  if (options.max_deliveries == 0) return "until it is acknowledged";
  return "an entry at most " + Grouped(options.max_deliveries) +
         (options.max_deliveries == 1 ? " time" : " times") + " by itself";
}

std::string InFlightText(const GroupOptions& options) {
  const auto limit = [](uint64_t n) { return n == 0 ? "any number" : "at most " + Grouped(n); };
  return limit(options.max_in_flight) + ", " + limit(options.max_in_flight_of_consumer) +
         " with each consumer";
}

std::string PendingText(const GroupDescription& group) {
  std::string text = CountText(group.pending, "entry", "entries");
  if (group.released != 0) text += ", " + Grouped(group.released) + " of them released";
  return text;
}

// The partitions that are leased to it.
std::string LeasesText(const GroupDescription& group, const GroupConsumer& consumer) {
  std::string text;
  for (size_t p = 0; p < group.leases.size(); ++p) {
    if (group.leases[p] != consumer.name) continue;
    fmt::format_to(std::back_inserter(text), "{}{}", text.empty() ? "" : ",", p);
  }
  return text.empty() ? "-" : text;
}

void AppendJsonLimit(const char* name, uint64_t limit, std::string* out) {
  fmt::format_to(std::back_inserter(*out), ",\"{}\":", name);
  if (limit == 0) {
    out->append("null");
  } else {
    AppendNumber(limit, out);
  }
}

void AppendOptionMembers(const GroupOptions& options, std::string* out) {
  fmt::format_to(
      std::back_inserter(*out),
      ",\"paused\":{},\"durability\":\"{}\",\"order\":\"{}\",\"poison\":\"{}\",\"ack_wait_ms\":",
      options.paused, server::ShowDurability(options.durability),
      Ordered(options) ? "ordered" : "shared", PoisonName(options));
  if (options.ack_wait == absl::InfiniteDuration()) {
    out->append("null");
  } else {
    out->append(std::to_string(absl::ToInt64Milliseconds(options.ack_wait)));
  }
  std::vector<int64_t> steps;
  for (const absl::Duration step : options.backoff) {
    steps.push_back(absl::ToInt64Milliseconds(step));
  }
  fmt::format_to(std::back_inserter(*out), ",\"backoff_ms\":[{}],\"redelivers\":{}",
                 fmt::join(steps, ","), options.redelivers);
  AppendJsonLimit("max_deliveries", options.max_deliveries, out);
  out->append(",\"dead_letters\":");
  if (options.dead_letters.empty()) {
    out->append("null");
  } else {
    AppendJsonBytes(options.dead_letters, out);
  }
  AppendJsonLimit("max_in_flight", options.max_in_flight, out);
  AppendJsonLimit("max_in_flight_of_consumer", options.max_in_flight_of_consumer, out);
}

constexpr char kUntoldOptions[] =
    ",\"paused\":null,\"durability\":null,\"order\":null,\"poison\":null,\"ack_wait_ms\":null,"
    "\"backoff_ms\":null,\"redelivers\":null,\"max_deliveries\":null,\"dead_letters\":null,"
    "\"max_in_flight\":null,\"max_in_flight_of_consumer\":null";

void AppendConsumerJson(const GroupDescription& group, const GroupConsumer& consumer,
                        absl::Time now, std::string* out) {
  out->append("{\"consumer\":");
  AppendJsonBytes(consumer.name, out);
  fmt::format_to(std::back_inserter(*out),
                 ",\"pending\":{},\"idle_ms\":{},\"inactive_ms\":", consumer.pending,
                 absl::ToInt64Milliseconds(Since(consumer.seen, now)));
  if (consumer.active.has_value()) {
    out->append(std::to_string(absl::ToInt64Milliseconds(Since(*consumer.active, now))));
  } else {
    out->append("null");
  }
  if (Ordered(group.options)) {
    const std::string leases = LeasesText(group, consumer);
    fmt::format_to(std::back_inserter(*out), ",\"partitions\":[{}]", leases == "-" ? "" : leases);
  }
  out->push_back('}');
}

}  // namespace

std::string AgeText(absl::Duration age) {
  return DurationText(age < absl::Seconds(1) ? age : absl::Trunc(age, absl::Seconds(1)));
}

std::string LagText(const GroupDescription& group) {
  std::string text = CountText(group.lag, "entry", "entries");
  if (group.lag != 0) text += ", the oldest " + AgeText(group.lag_age) + " old";
  return text;
}

bool IsRefused(uint32_t deliveries) { return deliveries == kNeverAgain; }

std::string DeliveriesText(uint32_t deliveries) {
  return IsRefused(deliveries) ? "fatal" : Grouped(deliveries);
}

std::string DeliveriesJson(uint32_t deliveries) {
  return IsRefused(deliveries) ? "null" : std::to_string(deliveries);
}

GroupTable::GroupTable()
    : table_({{"STREAM"},
              {"GROUP"},
              {"STATE"},
              {"LAG", true},
              {"LAG AGE", true},
              {"PENDING", true},
              {"RELEASED", true},
              {"CONSUMERS", true}}) {}

void GroupTable::Add(std::string_view stream, const GroupDescription& group, bool told) {
  const char* const state = group.options.paused ? "paused" : "delivering";
  table_.AddRow({Word(stream), Word(group.name), told ? state : "-", Grouped(group.lag),
                 group.lag == 0 ? "-" : AgeText(group.lag_age), Grouped(group.pending),
                 Grouped(group.released), Grouped(group.consumers.size())});
}

void AppendGroupText(std::string_view stream, const GroupDescription& group, bool told,
                     absl::Time now, std::string* out) {
  const GroupOptions& options = group.options;
  const auto line = [out](const char* name, const std::string& text) {
    fmt::format_to(std::back_inserter(*out), "{:<14}{}\n", name, text);
  };
  line("group", Word(group.name));
  line("stream", Word(stream));
  if (told) {
    line("state", options.paused ? "paused" : "delivering");
    line("durability", std::string(server::ShowDurability(options.durability)));
    line("order", OrderText(options));
    line("ack wait", AckWaitText(options));
    line("backoff", BackoffText(options));
    line("delivers", DeliversText(options));
    line("dead letters", options.dead_letters.empty() ? "-" : Word(options.dead_letters));
    line("in flight", InFlightText(options));
  }
  std::string last = "-";
  if (group.last_delivered != EntryId::Min()) {
    last = group.last_delivered.ToString() + "  ";
    AppendTime(group.last_delivered, &last);
  }
  line("delivered to", last);
  line("read", CountText(group.entries_read, "entry", "entries"));
  line("lag", LagText(group));
  line("pending", PendingText(group));
  if (group.consumers.empty()) return;
  out->push_back('\n');
  std::vector<Table::Column> columns{
      {"CONSUMER"}, {"PENDING", true}, {"IDLE", true}, {"INACTIVE", true}};
  if (Ordered(options)) columns.push_back({"PARTITIONS"});
  Table table(std::move(columns));
  for (const GroupConsumer& consumer : group.consumers) {
    std::vector<std::string> row{
        Word(consumer.name), Grouped(consumer.pending), AgeText(Since(consumer.seen, now)),
        consumer.active.has_value() ? AgeText(Since(*consumer.active, now)) : "-"};
    if (Ordered(options)) row.push_back(LeasesText(group, consumer));
    table.AddRow(std::move(row));
  }
  table.Append(out);
}

void AppendGroupJson(std::string_view stream, const GroupDescription& group, bool told,
                     absl::Time now, std::string* out) {
  out->append("{\"stream\":");
  AppendJsonBytes(stream, out);
  out->append(",\"group\":");
  AppendJsonBytes(group.name, out);
  if (told) {
    AppendOptionMembers(group.options, out);
  } else {
    out->append(kUntoldOptions);
  }
  fmt::format_to(std::back_inserter(*out),
                 ",\"entries_read\":{},\"last_delivered_id\":", group.entries_read);
  AppendJsonId(group.last_delivered, out);
  fmt::format_to(std::back_inserter(*out), ",\"lag\":{},\"lag_age_ms\":", group.lag);
  if (group.lag == 0) {
    out->append("null");
  } else {
    out->append(std::to_string(absl::ToInt64Milliseconds(group.lag_age)));
  }
  fmt::format_to(std::back_inserter(*out), ",\"pending\":{},\"released\":{},\"consumers\":[",
                 group.pending, group.released);
  for (size_t i = 0; i < group.consumers.size(); ++i) {
    if (i != 0) out->push_back(',');
    AppendConsumerJson(group, group.consumers[i], now, out);
  }
  out->append("]}");
}

}  // namespace evlog::cli
