// The state machine of a pending entry: a table and a pure function.
//
// An entry that a group has delivered is pending until it is acknowledged or dead-lettered. The
// table below is also that of docs/groups.md; tests enumerate states x events.
//
//   state \ event  none                owned (c, n, t)              released (n, due)
//   deliver        owned (c', 1, now)  owned (c', 1, now) [1]       owned (c', 1, now) [1]
//   redeliver      -                   owned (c', n+1, now) if due  the same, if due
//                                      dead-lettered if n >= max    dead-lettered if n >= max
//                                      [4]
//   reread         -                   owned (c, n+1, now) by c     -
//   claim          owned (c', 2, now)  owned (c', n+1, now)         owned (c', n+1, now)
//                  with force [2]      if idle for min_idle [2]     if due
//   ack            -                   acknowledged,                acknowledged,
//                                      of c only if asked           unless of c only
//   nack           owned, with force,  released (m, now + delay)    released (m, now + delay)
//                  then as beside      [3], of c only if asked
//   extend         -                   owned (c, n, now) by c       -
//   dead-letter    -                   dead-lettered                dead-lettered
//   orphan         -                   released (n, now) of c       -
//
//   [1] Only after the group was set back without forgetting what is pending (XGROUP SETID).
//   [2] Without n+1 where only ids are wanted; n and t may be given.
//   [3] m is n-1 (silent), n (fail) or kNeverAgain (fatal); dead-lettered instead where the group
//       has dead letters and m >= max.
//   [4] In an ordered group without dead letters, n >= max: released (n, now), for good.
//
// "Due" is when the group delivers an entry again by itself: an owned one once its consumer has had
// it for ack_wait (or the back-off of its count), a released one at its time.
#ifndef EVLOG_GROUPS_PENDING_H_
#define EVLOG_GROUPS_PENDING_H_

#include <cstdint>
#include <optional>
#include <vector>

namespace evlog {

// Consumers of a group are numbered; numbers are used again once nothing has them.
using ConsumerNumber = uint16_t;
inline constexpr ConsumerNumber kNobody = 0xffff;
inline constexpr ConsumerNumber kConsumersMax = 0xfff0;

// A delivery count that says: broken, do not deliver again. Also the largest count.
inline constexpr uint32_t kNeverAgain = UINT32_MAX;
// Times are kept in 48 bits.
inline constexpr uint64_t kPendingMsMax = (uint64_t{1} << 48) - 1;

// What is known of a pending entry. Many entries in a row mostly have the same.
struct Pending {
  // When it was delivered last; released: when it may be delivered again. In ms since 1970.
  uint64_t ms = 0;
  uint32_t count = 0;              // deliveries
  ConsumerNumber owner = kNobody;  // kNobody: released

  bool owned() const { return owner != kNobody; }
  // How long its consumer has had it; 0 for a time to come.
  uint64_t IdleMs(uint64_t now_ms) const { return now_ms > ms ? now_ms - ms : 0; }

  friend bool operator==(const Pending&, const Pending&) = default;
};

// What of a group's policies the state machine goes by.
struct PendingPolicy {
  static constexpr uint64_t kNever = UINT64_MAX;

  uint64_t ack_wait_ms = kNever;
  std::vector<uint64_t> backoff_ms;  // by count, the last one for all beyond; empty: ack_wait
  uint32_t max_deliveries = 0;       // 0: no end
  bool dead_letters = false;         // what has reached its end goes there; else it stays released
  // False: nothing is delivered again but by a claim, also not what was released.
  bool redelivers = true;
  // What its consumer has had for ack_wait is taken back, also when it is not delivered again: it
  // must not hold up its partition.
  bool ordered = false;
};

// When the group delivers it again by itself; kNever: not at all.
uint64_t DueMs(const Pending& pending, const PendingPolicy& policy);

struct PendingEvent {
  enum class Kind : uint8_t {
    kDeliver,
    kRedeliver,
    kReread,
    kClaim,
    kAck,
    kNack,
    kExtend,
    kDeadLetter,
    kOrphan,
  };
  enum class Nack : uint8_t { kSilent, kFail, kFatal };

  Kind kind = Kind::kDeliver;
  ConsumerNumber consumer = kNobody;  // who asks
  uint64_t now_ms = 0;
  // kClaim
  uint64_t min_idle_ms = 0;
  bool counts = true;                 // false: the claim is not a delivery
  std::optional<uint64_t> set_ms;     // in place of now; one to come counts as now
  std::optional<uint32_t> set_count;  // kNack, too
  // kNack
  Nack nack = Nack::kFail;
  std::optional<uint64_t> delay_ms;  // none: the back-off, else at once
  bool of_consumer = false;          // kNack, kAck: only what the consumer owns
  // kClaim, kNack: makes it pending where it is not.
  bool force = false;
};

struct PendingTransition {
  enum class Effect : uint8_t {
    kNone,          // the event does not concern it
    kSet,           // it is `next` now
    kAcknowledged,  // no longer pending
    kDeadLettered,  // no longer pending, and to be put into the dead letters
  };
  Effect effect = Effect::kNone;
  Pending next;

  friend bool operator==(const PendingTransition&, const PendingTransition&) = default;
};

// `state`: nullopt when the entry is not pending.
PendingTransition Apply(const std::optional<Pending>& state, const PendingEvent& event,
                        const PendingPolicy& policy);

}  // namespace evlog

#endif  // EVLOG_GROUPS_PENDING_H_
