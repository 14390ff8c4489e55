#include "tests/crash/publisher.h"

#include <fmt/format.h>

#include <algorithm>

#include "log/base/glob.h"
#include "log/base/status.h"

namespace evlog {
namespace {

// The number stands at its end, as in every key.
std::string ChannelOf(uint16_t publisher) {
  return fmt::format("{}.{}", publisher % 2 == 0 ? "sync" : "os", publisher);
}

OwnedFields MembersOf(uint16_t publisher, uint64_t number) {
  Rng rng((uint64_t{publisher} << 48) + number);
  return {{"p", std::to_string(publisher)},
          {"n", std::to_string(number)},
          {"x", std::string(rng.Percent(2) ? rng.Below(40'000) : rng.Skewed(11), 'x')}};
}

std::string PayloadOf(uint16_t publisher, uint64_t number) {
  const OwnedFields members = MembersOf(publisher, number);
  return fmt::format(R"({{"p":"{}","n":"{}","x":"{}"}})", members[0].second, members[1].second,
                     members[2].second);
}

}  // namespace

const std::vector<RoutePlan>& RoutePlans() {
  static const auto* const plans = new std::vector<RoutePlan>{
      {{.partitions = 1, .durability = Durability::kSync},
       {.pattern = "*.[0-2]", .stream = "most"}},
      {{.partitions = 1, .durability = Durability::kOs},
       {.pattern = "os.*", .stream = "os", .fields = Route::Fields::kPayload}},
      {{.partitions = 3, .durability = Durability::kSync},
       {.pattern = "sync.*",
        .stream = "sync",
        .fields = Route::Fields::kJson,
        .key = Route::Key::kField,
        .key_field = "p"}},
  };
  return *plans;
}

absl::Status AddRoutes(EventLog& log) {
  ASSIGN_OR_RETURN(const std::vector<Route> there, log.ListRoutes());
  for (const RoutePlan& plan : RoutePlans()) {
    if (std::find(there.begin(), there.end(), plan.route) != there.end()) continue;
    RETURN_IF_ERROR(log.OpenStream(plan.route.stream, plan.options).status());
    RETURN_IF_ERROR(log.AddRoute(plan.route));
  }
  return absl::OkStatus();
}

bool IsRouted(uint16_t publisher, const Route& route) {
  return GlobMatch(route.pattern, ChannelOf(publisher));
}

uint64_t CountRoutes(uint16_t publisher) {
  uint64_t count = 0;
  for (const RoutePlan& plan : RoutePlans()) count += IsRouted(publisher, plan.route) ? 1 : 0;
  return count;
}

NewEntry RoutedEntryOf(uint16_t publisher, uint64_t number, const Route& route) {
  NewEntry entry;
  entry.key = route.key == Route::Key::kChannel ? ChannelOf(publisher) : std::to_string(publisher);
  switch (route.fields) {
    case Route::Fields::kMessage:
      entry.fields = {{"channel", ChannelOf(publisher)}, {"payload", PayloadOf(publisher, number)}};
      break;
    case Route::Fields::kPayload:
      entry.fields = {{"payload", PayloadOf(publisher, number)}};
      break;
    case Route::Fields::kJson:
      entry.fields = MembersOf(publisher, number);
      break;
  }
  return entry;
}

uint16_t PublisherOf(const OwnedEntry& entry) {
  return entry.key && !entry.key->empty() ? static_cast<uint16_t>(entry.key->back() - '0')
                                          : kPublishers;
}

absl::Status Publisher::Publish(Rng& rng) {
  const auto count = static_cast<uint32_t>(rng.Percent(50) ? 1 : rng.Between(2, 20));
  std::vector<std::string> payloads;
  for (uint32_t i = 0; i < count; ++i) payloads.push_back(PayloadOf(number_, next_ + i));
  const Record attempt = AttemptOf(number_, next_, count);
  report_(attempt);
  next_ += count;
  const std::vector<std::string_view> views(payloads.begin(), payloads.end());
  ASSIGN_OR_RETURN(const size_t received, log_->channels().PublishBatch(ChannelOf(number_), views));
  if (received != CountRoutes(number_) * count) {
    return Error(absl::StatusCode::kInternal, "{} receivers of {} messages", received, count);
  }
  Record acknowledgment = attempt;
  acknowledgment.kind = Record::kAcknowledged;
  report_(acknowledgment);
  return absl::OkStatus();
}

}  // namespace evlog
