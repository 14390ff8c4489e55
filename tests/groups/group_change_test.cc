#include "groups/group_change.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/hex.h"
#include "tests/support/rng.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

GroupChange AnyChange(Rng& rng) {
  GroupChange change;
  for (uint64_t n = rng.Below(4); n != 0; --n) {
    GroupChange::OfPending& pending = change.pending.emplace_back();
    const uint64_t begin = rng.Skewed(60);
    pending.range = {static_cast<uint16_t>(rng.Below(kPartitionsMax)), begin,
                     begin + 1 + rng.Below(500)};
    if (rng.Percent(30)) continue;
    pending.to =
        Pending{rng.Skewed(48), static_cast<uint32_t>(rng.Skewed(32)),
                rng.Percent(20) ? kNobody : static_cast<ConsumerNumber>(rng.Below(kConsumersMax))};
    if (rng.Percent(50)) {
      pending.ids.push_back({{rng.Skewed(60), rng.Skewed(32)},
                             static_cast<uint32_t>(pending.range.count()),
                             1 + rng.Below(1024)});
    }
  }
  for (uint64_t n = rng.Below(3); n != 0; --n) {
    change.positions.push_back({static_cast<uint16_t>(rng.Below(kPartitionsMax)),
                                {rng.Skewed(64), {rng.Skewed(64), rng.Skewed(64)}}});
  }
  for (uint64_t n = rng.Below(3); n != 0; --n) {
    GroupChange::OfConsumer& consumer = change.consumers.emplace_back();
    consumer.number = static_cast<ConsumerNumber>(rng.Below(kConsumersMax));
    if (rng.Percent(80)) {
      consumer.to = ConsumerState{rng.Bytes(rng.Below(20)), rng.Skewed(64), rng.Skewed(64)};
    }
  }
  if (rng.Percent(50)) change.entries_read = rng.Skewed(64);
  return change;
}

GroupChange OneOfEach() {
  GroupChange change;
  change.pending.push_back({{2, 300, 310}, Pending{1000, 1, 4}, {IdRun{{1000, 5}, 10, 1}}});
  change.pending.push_back({{0, 0, 1}, Pending{70, 3, kNobody}, {}});
  change.pending.push_back({{0, 1, 3}, std::nullopt, {}});
  change.positions.push_back({2, {310, {1000, 14}}});
  change.consumers.push_back({4, ConsumerState{"ann", 1000, 0}});
  change.consumers.push_back({5, std::nullopt});
  change.entries_read = 77;
  change.leases.push_back({2, {4, 300}});
  change.leases.push_back({0, {kNobody, 1}});
  return change;
}

TEST(GroupChange, OneAfterTheOther) {
  GroupChange both = OneOfEach();
  GroupChange later;
  later.pending.push_back({{2, 300, 301}, std::nullopt, {}});
  later.positions.push_back({2, {400, {2000, 1}}});
  later.positions.push_back({3, {1, {5, 0}}});
  later.consumers.push_back({4, std::nullopt});
  later.consumers.push_back({6, ConsumerState{"bob", 1, 1}});
  later.leases.push_back({2, {6, 301}});
  both.Add(later);
  EXPECT_EQ(both.entries_read, 77u);
  GroupChange expected = OneOfEach();
  expected.pending.push_back(later.pending[0]);
  expected.positions = {later.positions[0], later.positions[1]};
  expected.consumers = {later.consumers[0], {5, std::nullopt}, later.consumers[1]};
  expected.leases[0] = later.leases[0];
  EXPECT_EQ(both, expected);
  later = {};
  later.entries_read = 78;
  both.Add(later);
  expected.entries_read = 78;
  EXPECT_EQ(both, expected);
}

TEST(GroupChange, SaysAboutWhatItTakes) {
  Rng rng(TestSeed(3));
  for (int i = 0; i < 1000; ++i) {
    const GroupChange change = AnyChange(rng);
    const size_t row = EncodeJournalRecord(1000, 900, change).size();
    EXPECT_LE(change.bytes(), 2 * row + 40);
    EXPECT_GE(3 * change.bytes(), row);
  }
}

// Written down by hand, from the grammar in the header.
TEST(JournalRecord, Golden) {
  EXPECT_EQ(ToHex(EncodeJournalRecord(200, 100, OneOfEach())),
            "02"
            "c801"
            "64"
            "03"
            "02"
            "ac02"
            "0a"
            "06"
            "01"
            "e807"
            "01"
            "0a"
            "e807"
            "05"
            "01"
            "00"
            "00"
            "01"
            "01"
            "03"
            "46"
            "00"
            "00"
            "01"
            "02"
            "00"
            "00"
            "01"
            "02"
            "b602"
            "e807"
            "0e"
            "02"
            "04"
            "01"
            "03"
            "616e6e"
            "e807"
            "00"
            "05"
            "00"
            "01"
            "4d"
            "02"
            "02"
            "06"
            "ac02"
            "00"
            "01"
            "01");
  EXPECT_EQ(ToHex(EncodeJournalRecord(1, 2, {})),
            "02"
            "01"
            "02"
            "00"
            "00"
            "00"
            "00"
            "00");
}

TEST(JournalRecord, IsReadAsWritten) {
  Rng rng(1);
  for (int i = 0; i < 2000; ++i) {
    const GroupChange change = AnyChange(rng);
    const uint64_t sequence = rng.Skewed(64), oldest = rng.Skewed(64);
    const std::string coded = EncodeJournalRecord(sequence, oldest, change);
    ASSERT_OK_AND_ASSIGN(const JournalRecord read, DecodeJournalRecord(coded));
    EXPECT_EQ(read, (JournalRecord{sequence, oldest, change}));
  }
}

// Of a damaged row: it would be made in memory.
TEST(JournalRecord, TooManyPendingEntriesAreDataLoss) {
  GroupChange change;
  GroupChange::OfPending& pending = change.pending.emplace_back();
  pending.range = {0, 0, uint64_t{1} << 24};
  pending.to = Pending{1, 1, 0};
  EXPECT_OK(DecodeJournalRecord(EncodeJournalRecord(5, 3, change)));
  ++pending.range.end;
  EXPECT_THAT(DecodeJournalRecord(EncodeJournalRecord(5, 3, change)),
              StatusIs(absl::StatusCode::kDataLoss));
  // A removal may be of everything from somewhere on.
  pending.range = {0, 7, UINT64_MAX};
  pending.to.reset();
  EXPECT_OK(DecodeJournalRecord(EncodeJournalRecord(5, 3, change)));
}

TEST(JournalRecord, CutShortOrLongerIsDataLoss) {
  Rng rng(2);
  for (int i = 0; i < 200; ++i) {
    const std::string coded = EncodeJournalRecord(5, 3, AnyChange(rng));
    for (size_t size = 0; size < coded.size(); ++size) {
      EXPECT_THAT(DecodeJournalRecord(coded.substr(0, size)),
                  StatusIs(absl::StatusCode::kDataLoss));
    }
    EXPECT_THAT(DecodeJournalRecord(coded + '\0'), StatusIs(absl::StatusCode::kDataLoss));
  }
}

}  // namespace
}  // namespace evlog
