// Every state with every event: the table of groups/pending.h, a cell at a time.
#include "groups/pending.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evlog {
namespace {

using Effect = PendingTransition::Effect;
using Kind = PendingEvent::Kind;
using Nack = PendingEvent::Nack;

constexpr uint64_t kNow = 1'000'000;
constexpr ConsumerNumber kAnn = 1, kBob = 2;

// The states of the table: none, owned by ann for 500 ms, released and due, released for later.
const std::optional<Pending> kNone;
const std::optional<Pending> kOwned = Pending{kNow - 500, 2, kAnn};
const std::optional<Pending> kReleased = Pending{kNow - 500, 2, kNobody};
const std::optional<Pending> kLater = Pending{kNow + 500, 2, kNobody};

PendingTransition Owned(ConsumerNumber owner, uint32_t count, uint64_t ms = kNow) {
  return {Effect::kSet, {ms, count, owner}};
}
PendingTransition Released(uint32_t count, uint64_t ms = kNow) {
  return {Effect::kSet, {ms, count, kNobody}};
}
const PendingTransition kNothing{};
const PendingTransition kAcknowledged{Effect::kAcknowledged, {}};
const PendingTransition kDeadLettered{Effect::kDeadLettered, {}};

PendingEvent EventOf(Kind kind, ConsumerNumber consumer = kBob) {
  PendingEvent event;
  event.kind = kind;
  event.consumer = consumer;
  event.now_ms = kNow;
  return event;
}
PendingEvent NackOf(Nack nack, std::optional<uint64_t> delay_ms = std::nullopt) {
  PendingEvent event = EventOf(Kind::kNack, kAnn);
  event.nack = nack;
  event.delay_ms = delay_ms;
  return event;
}

struct Row {
  const char* name;
  PendingEvent event;
  PendingPolicy policy;
  // In the states none, owned, released, later.
  std::array<PendingTransition, 4> expected;
};

class PendingTable : public ::testing::TestWithParam<Row> {};

TEST_P(PendingTable, IsAsWritten) {
  const std::array<std::optional<Pending>, 4> states{kNone, kOwned, kReleased, kLater};
  for (size_t i = 0; i < states.size(); ++i) {
    SCOPED_TRACE("state " + std::to_string(i));
    const PendingTransition got = Apply(states[i], GetParam().event, GetParam().policy);
    EXPECT_EQ(got.effect, GetParam().expected[i].effect);
    EXPECT_EQ(got.next.ms, GetParam().expected[i].next.ms);
    EXPECT_EQ(got.next.count, GetParam().expected[i].next.count);
    EXPECT_EQ(got.next.owner, GetParam().expected[i].next.owner);
  }
}

PendingPolicy WaitFor(uint64_t ms, uint32_t max = 0, bool dead_letters = false) {
  PendingPolicy policy;
  policy.ack_wait_ms = ms;
  policy.max_deliveries = max;
  policy.dead_letters = dead_letters;
  return policy;
}

const PendingPolicy kPlain = WaitFor(PendingPolicy::kNever);
const PendingPolicy kLetters = WaitFor(500, 2, true);

PendingPolicy BackOff(std::vector<uint64_t> ms) {
  PendingPolicy policy = WaitFor(1);
  policy.backoff_ms = std::move(ms);
  return policy;
}

void AddDeliveries(std::vector<Row>& rows) {
  rows.push_back({"Deliver",
                  EventOf(Kind::kDeliver),
                  kPlain,
                  {Owned(kBob, 1), Owned(kBob, 1), Owned(kBob, 1), Owned(kBob, 1)}});

  rows.push_back({"RedeliverWithoutAckWait",
                  EventOf(Kind::kRedeliver),
                  kPlain,
                  {kNothing, kNothing, Owned(kBob, 3), kNothing}});
  rows.push_back({"RedeliverAtAckWait",
                  EventOf(Kind::kRedeliver),
                  WaitFor(500),
                  {kNothing, Owned(kBob, 3), Owned(kBob, 3), kNothing}});
  rows.push_back({"RedeliverBeforeAckWait",
                  EventOf(Kind::kRedeliver),
                  WaitFor(501),
                  {kNothing, kNothing, Owned(kBob, 3), kNothing}});
  rows.push_back({"RedeliverAtTheEnd",
                  EventOf(Kind::kRedeliver),
                  kLetters,
                  {kNothing, kDeadLettered, kDeadLettered, kNothing}});
  rows.push_back({"RedeliverAtTheEndWithoutDeadLetters",
                  EventOf(Kind::kRedeliver),
                  WaitFor(500, 2, false),
                  {kNothing, kNothing, kNothing, kNothing}});
  PendingPolicy manual = WaitFor(1);
  manual.redelivers = false;
  rows.push_back({"RedeliverByClaimsOnly",
                  EventOf(Kind::kRedeliver),
                  manual,
                  {kNothing, kNothing, kNothing, kNothing}});
  PendingPolicy ordered = WaitFor(500, 2, false);
  ordered.ordered = true;
  rows.push_back({"RedeliverAtTheEndInOrder",
                  EventOf(Kind::kRedeliver),
                  ordered,
                  {kNothing, Released(2), kNothing, kNothing}});
  rows.push_back({"RedeliverBeforeTheBackOffOfItsCount",
                  EventOf(Kind::kRedeliver),
                  BackOff({100, 501}),
                  {kNothing, kNothing, Owned(kBob, 3), kNothing}});
  rows.push_back({"RedeliverAtTheBackOffOfItsCount",
                  EventOf(Kind::kRedeliver),
                  BackOff({1000, 500}),
                  {kNothing, Owned(kBob, 3), Owned(kBob, 3), kNothing}});
}

void AddClaims(std::vector<Row>& rows) {
  rows.push_back({"RereadByItsOwner",
                  EventOf(Kind::kReread, kAnn),
                  kPlain,
                  {kNothing, Owned(kAnn, 3), kNothing, kNothing}});
  rows.push_back({"RereadByAnother",
                  EventOf(Kind::kReread, kBob),
                  kPlain,
                  {kNothing, kNothing, kNothing, kNothing}});

  PendingEvent claim = EventOf(Kind::kClaim);
  rows.push_back({"Claim", claim, kPlain, {kNothing, Owned(kBob, 3), Owned(kBob, 3), kNothing}});
  claim.min_idle_ms = 500;
  rows.push_back(
      {"ClaimIdleEnough", claim, kPlain, {kNothing, Owned(kBob, 3), Owned(kBob, 3), kNothing}});
  claim.min_idle_ms = 501;
  rows.push_back(
      {"ClaimNotIdleEnough", claim, kPlain, {kNothing, kNothing, Owned(kBob, 3), kNothing}});
  claim = EventOf(Kind::kClaim);
  claim.counts = false;
  rows.push_back(
      {"ClaimOfIdsOnly", claim, kPlain, {kNothing, Owned(kBob, 2), Owned(kBob, 2), kNothing}});
  claim.set_count = 9;
  claim.set_ms = kNow - 77;
  rows.push_back({"ClaimWithCountAndTime",
                  claim,
                  kPlain,
                  {kNothing, Owned(kBob, 9, kNow - 77), Owned(kBob, 9, kNow - 77), kNothing}});
  claim.set_ms = kNow + 77;
  rows.push_back({"ClaimWithATimeToCome",
                  claim,
                  kPlain,
                  {kNothing, Owned(kBob, 9), Owned(kBob, 9), kNothing}});
  claim = EventOf(Kind::kClaim);
  claim.force = true;
  rows.push_back(
      {"ClaimByForce", claim, kPlain, {Owned(kBob, 2), Owned(kBob, 3), Owned(kBob, 3), kNothing}});
  claim.counts = false;
  rows.push_back({"ClaimByForceOfIdsOnly",
                  claim,
                  kPlain,
                  {Owned(kBob, 1), Owned(kBob, 2), Owned(kBob, 2), kNothing}});
}

void AddSettlements(std::vector<Row>& rows) {
  rows.push_back({"AckByAnybody",
                  EventOf(Kind::kAck),
                  kPlain,
                  {kNothing, kAcknowledged, kAcknowledged, kAcknowledged}});
  PendingEvent own = EventOf(Kind::kAck, kAnn);
  own.of_consumer = true;
  rows.push_back({"AckOfItsOwn", own, kPlain, {kNothing, kAcknowledged, kNothing, kNothing}});
  own.consumer = kBob;
  rows.push_back({"AckOfAnothers", own, kPlain, {kNothing, kNothing, kNothing, kNothing}});

  rows.push_back({"NackSilent",
                  NackOf(Nack::kSilent),
                  kPlain,
                  {kNothing, Released(1), Released(1), Released(1)}});
  rows.push_back(
      {"NackFail", NackOf(Nack::kFail), kPlain, {kNothing, Released(2), Released(2), Released(2)}});
  rows.push_back({"NackFatal",
                  NackOf(Nack::kFatal),
                  kPlain,
                  {kNothing, Released(kNeverAgain), Released(kNeverAgain), Released(kNeverAgain)}});
  rows.push_back(
      {"NackWithDelay",
       NackOf(Nack::kFail, 70),
       kPlain,
       {kNothing, Released(2, kNow + 70), Released(2, kNow + 70), Released(2, kNow + 70)}});
  rows.push_back(
      {"NackWithBackOff",
       NackOf(Nack::kFail),
       BackOff({1000, 500}),
       {kNothing, Released(2, kNow + 500), Released(2, kNow + 500), Released(2, kNow + 500)}});
  rows.push_back({"NackFailAtTheEnd",
                  NackOf(Nack::kFail),
                  kLetters,
                  {kNothing, kDeadLettered, kDeadLettered, kDeadLettered}});
  rows.push_back({"NackSilentAtTheEnd",
                  NackOf(Nack::kSilent),
                  kLetters,
                  {kNothing, Released(1), Released(1), Released(1)}});
  rows.push_back({"NackFatalWithDeadLetters",
                  NackOf(Nack::kFatal),
                  WaitFor(500, 0, true),
                  {kNothing, kDeadLettered, kDeadLettered, kDeadLettered}});
  PendingEvent nack = NackOf(Nack::kFail);
  nack.of_consumer = true;
  rows.push_back({"NackOfItsOwn", nack, kPlain, {kNothing, Released(2), kNothing, kNothing}});
  nack.consumer = kBob;
  rows.push_back({"NackOfAnothers", nack, kPlain, {kNothing, kNothing, kNothing, kNothing}});
  nack = NackOf(Nack::kFail);
  nack.force = true;
  rows.push_back(
      {"NackByForce", nack, kPlain, {Released(0), Released(2), Released(2), Released(2)}});
}

void AddTheRest(std::vector<Row>& rows) {
  rows.push_back({"ExtendByItsOwner",
                  EventOf(Kind::kExtend, kAnn),
                  kPlain,
                  {kNothing, Owned(kAnn, 2), kNothing, kNothing}});
  rows.push_back({"ExtendByAnother",
                  EventOf(Kind::kExtend, kBob),
                  kPlain,
                  {kNothing, kNothing, kNothing, kNothing}});
  rows.push_back({"DeadLetter",
                  EventOf(Kind::kDeadLetter),
                  kPlain,
                  {kNothing, kDeadLettered, kDeadLettered, kDeadLettered}});
  rows.push_back({"OrphanOfTheConsumer",
                  EventOf(Kind::kOrphan, kAnn),
                  kPlain,
                  {kNothing, Released(2), kNothing, kNothing}});
  rows.push_back({"OrphanOfAnother",
                  EventOf(Kind::kOrphan, kBob),
                  kPlain,
                  {kNothing, kNothing, kNothing, kNothing}});
}

std::vector<Row> Rows() {
  std::vector<Row> rows;
  AddDeliveries(rows);
  AddClaims(rows);
  AddSettlements(rows);
  AddTheRest(rows);
  return rows;
}

INSTANTIATE_TEST_SUITE_P(Groups, PendingTable, ::testing::ValuesIn(Rows()),
                         [](const auto& row) { return std::string(row.param.name); });

// A new kind of event without a row above is noticed here.
TEST(PendingTableItself, HasARowForEachEvent) {
  std::array<bool, 9> seen{};
  static_assert(static_cast<size_t>(Kind::kOrphan) + 1 == seen.size());
  for (const Row& row : Rows()) seen[static_cast<size_t>(row.event.kind)] = true;
  EXPECT_THAT(seen, ::testing::Each(true));
}

TEST(Pending, CountsAndTimesStayInTheirRange) {
  const Pending last{kNow, kNeverAgain, kAnn};
  EXPECT_EQ(Apply(last, EventOf(Kind::kReread, kAnn), {}).next.count, kNeverAgain);
  EXPECT_EQ(Apply(last, NackOf(Nack::kSilent), {}).next.count, kNeverAgain);
  EXPECT_EQ(Apply(Pending{kNow, 0, kAnn}, NackOf(Nack::kSilent), {}).next.count, 0u);
  EXPECT_EQ(Apply(kOwned, NackOf(Nack::kFail, UINT64_MAX), {}).next.ms, kPendingMsMax);
  PendingPolicy policy;
  policy.ack_wait_ms = UINT64_MAX - 1;
  EXPECT_EQ(DueMs(*kOwned, policy), kPendingMsMax);
}

}  // namespace
}  // namespace evlog
