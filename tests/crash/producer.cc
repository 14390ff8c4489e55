#include "tests/crash/producer.h"

#include "log/base/status.h"

namespace evlog {

absl::Status Producer::Open() {
  const StreamPlan& plan = PlanOf(number_);
  ASSIGN_OR_RETURN(stream_, log_->OpenStream(plan.name, plan.options));
  return absl::OkStatus();
}

absl::Status Producer::Append(Rng& rng) {
  if (!stream_) RETURN_IF_ERROR(Open());
  const auto count = static_cast<uint32_t>(rng.Percent(50) ? 1 : rng.Between(2, 20));
  std::vector<NewEntry> entries;
  for (uint32_t i = 0; i < count; ++i) entries.push_back(EntryOf(number_, next_ + i));
  Durability durability = PlanOf(number_).options.durability;
  if (rng.Percent(30)) durability = static_cast<Durability>(rng.Between(1, 3));
  const AppendOptions options{.durability = durability};
  const Record attempt = AttemptOf(number_, next_, count);
  report_(attempt);
  next_ += count;
  if (number_ >= kProducers / 2) {  // half of them do not wait
    stream_->AppendAsync(
        BatchOf(entries), options,
        [report = report_, attempt, durability](const absl::StatusOr<AppendResult>& result) {
          if (result.ok()) report(AcknowledgmentOf(attempt, durability, *result));
        });
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const AppendResult result, stream_->Append(BatchOf(entries), options));
  report_(AcknowledgmentOf(attempt, durability, result));
  return absl::OkStatus();
}

}  // namespace evlog
