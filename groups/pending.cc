#include "groups/pending.h"

#include <algorithm>

namespace evlog {

namespace {

using Effect = PendingTransition::Effect;
using Kind = PendingEvent::Kind;

PendingTransition Nothing() { return {}; }

PendingTransition Set(uint64_t ms, uint32_t count, ConsumerNumber owner) {
  return {Effect::kSet, {std::min(ms, kPendingMsMax), count, owner}};
}

uint64_t Later(uint64_t ms, uint64_t by) {
  return by > kPendingMsMax - std::min(ms, kPendingMsMax) ? kPendingMsMax : ms + by;
}

uint32_t OneMore(uint32_t count) { return count == kNeverAgain ? count : count + 1; }

bool AtItsEnd(uint32_t count, const PendingPolicy& policy) {
  return count == kNeverAgain || (policy.max_deliveries != 0 && count >= policy.max_deliveries);
}

bool GoesToDeadLetters(uint32_t count, const PendingPolicy& policy) {
  return policy.dead_letters && AtItsEnd(count, policy);
}

uint64_t WaitMs(uint32_t count, const PendingPolicy& policy) {
  if (policy.backoff_ms.empty()) return policy.ack_wait_ms;
  const size_t step = std::max<uint32_t>(count, 1) - 1;
  return policy.backoff_ms[std::min(step, policy.backoff_ms.size() - 1)];
}

PendingTransition Redeliver(const Pending& state, const PendingEvent& event,
                            const PendingPolicy& policy) {
  const uint64_t due = DueMs(state, policy);
  if (due == PendingPolicy::kNever || due > event.now_ms) return Nothing();
  if (GoesToDeadLetters(state.count, policy)) return {Effect::kDeadLettered, {}};
  if (AtItsEnd(state.count, policy)) return Set(event.now_ms, state.count, kNobody);
  return Set(event.now_ms, OneMore(state.count), event.consumer);
}

PendingTransition Claim(const std::optional<Pending>& state, const PendingEvent& event) {
  // What is forced in counts as delivered once before the claim, as in Redis.
  uint32_t count = 1;
  if (state) {
    if (state->owned() && state->IdleMs(event.now_ms) < event.min_idle_ms) return Nothing();
    if (!state->owned() && state->ms > event.now_ms) return Nothing();
    count = state->count;
  } else if (!event.force) {
    return Nothing();
  }
  if (event.counts) count = OneMore(count);
  return Set(std::min(event.set_ms.value_or(event.now_ms), event.now_ms),
             event.set_count.value_or(count), event.consumer);
}

PendingTransition Nack(const std::optional<Pending>& state, const PendingEvent& event,
                       const PendingPolicy& policy) {
  if (!state && !event.force) return Nothing();
  if (state && event.of_consumer && state->owner != event.consumer) return Nothing();
  uint32_t count = state ? state->count : 0;
  if (event.nack == PendingEvent::Nack::kFatal) count = kNeverAgain;
  if (event.nack == PendingEvent::Nack::kSilent && count != 0 && count != kNeverAgain) --count;
  if (event.set_count) count = *event.set_count;
  if (GoesToDeadLetters(count, policy)) return {Effect::kDeadLettered, {}};
  uint64_t delay = event.delay_ms.value_or(0);
  if (!event.delay_ms && !policy.backoff_ms.empty()) delay = WaitMs(count, policy);
  return Set(Later(event.now_ms, delay), count, kNobody);
}

}  // namespace

uint64_t DueMs(const Pending& pending, const PendingPolicy& policy) {
  if (!policy.redelivers) return PendingPolicy::kNever;
  // Without dead letters it stays where it is, to be looked at by somebody.
  if (!policy.dead_letters && AtItsEnd(pending.count, policy) &&
      !(policy.ordered && pending.owned())) {
    return PendingPolicy::kNever;
  }
  if (!pending.owned()) return pending.ms;
  const uint64_t wait = WaitMs(pending.count, policy);
  return wait == PendingPolicy::kNever ? wait : Later(pending.ms, wait);
}

PendingTransition Apply(const std::optional<Pending>& state, const PendingEvent& event,
                        const PendingPolicy& policy) {
  const bool own = state && state->owned() && state->owner == event.consumer;
  switch (event.kind) {
    case Kind::kDeliver:
      return Set(event.now_ms, 1, event.consumer);
    case Kind::kRedeliver:
      return state ? Redeliver(*state, event, policy) : Nothing();
    case Kind::kReread:
      return own ? Set(event.now_ms, OneMore(state->count), event.consumer) : Nothing();
    case Kind::kClaim:
      return Claim(state, event);
    case Kind::kAck:
      if (!state || (event.of_consumer && !own)) return Nothing();
      return {Effect::kAcknowledged, {}};
    case Kind::kNack:
      return Nack(state, event, policy);
    case Kind::kExtend:
      return own ? Set(event.now_ms, state->count, event.consumer) : Nothing();
    case Kind::kDeadLetter:
      return state ? PendingTransition{Effect::kDeadLettered, {}} : Nothing();
    case Kind::kOrphan:
      return own ? Set(event.now_ms, state->count, kNobody) : Nothing();
  }
  return Nothing();
}

}  // namespace evlog
