#include "cli/load/load_target.h"

#include "cli/pace.h"
#include "log/base/status.h"

namespace evlog::cli {

Pacing::Plan LoadContext::PlanOf(uint32_t index) const {
  Pacing::Plan plan;
  plan.begin = begin;
  plan.count_from = count_from;
  plan.end = end;
  plan.rate = static_cast<double>(shape.rate);
  plan.producers = shape.producers;
  plan.index = index;
  plan.batch = shape.batch;
  if (shape.count != UINT64_MAX) {
    // The first ones get what is left over.
    plan.entries = shape.count / shape.producers + (index < shape.count % shape.producers ? 1 : 0);
  }
  return plan;
}

absl::Status StreamExists(const std::string& name) {
  return Error(absl::StatusCode::kAlreadyExists, "CONFLICT: stream {} exists already",
               Quoted(name));
}

bool AwaitDue(const LoadContext& context, Nanos due) {
  return WaitUntil(context.clock, absl::FromUnixNanos(due), context.producing.get_token());
}

}  // namespace evlog::cli
