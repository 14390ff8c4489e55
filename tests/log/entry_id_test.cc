#include "evlog/entry_id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "evlog/read.h"
#include "log/base/status.h"
#include "tests/support/rng.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kMax = UINT64_MAX;

TEST(EntryIdTest, ParsesWhatIsAnId) {
  const struct {
    const char* text;
    EntryId id;
  } cases[] = {
      {"0-0", {0, 0}},
      {"1-2", {1, 2}},
      {"1526919030474-55", {1526919030474, 55}},
      {"18446744073709551615-18446744073709551615", {kMax, kMax}},
      {"18446744073709551614-1", {kMax - 1, 1}},
      {"007-01", {7, 1}},
      {"1", {1, 77}},
      {"0", {0, 77}},
      {"18446744073709551615", {kMax, 77}},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(EntryId::Parse(c.text, 77), IsOkAndHolds(c.id)) << c.text;
  }
}

TEST(EntryIdTest, MissingSequenceIsZeroUnlessSaid) {
  EXPECT_THAT(EntryId::Parse("5"), IsOkAndHolds(EntryId{5, 0}));
  EXPECT_THAT(EntryId::Parse("5", kMax), IsOkAndHolds(EntryId{5, kMax}));
  EXPECT_THAT(EntryId::Parse("5-3", kMax), IsOkAndHolds(EntryId{5, 3}));
}

TEST(EntryIdTest, RefusesWhatIsNoIdAndQuotesIt) {
  const std::vector<std::string> errors = {
      "",
      "-",
      "1-",
      "-1",
      "--1",
      "1--2",
      "1-2-3",
      "1-2-",
      "+1-2",
      "1-+2",
      "1--2",
      " 1-2",
      "1-2 ",
      "1 -2",
      "1- 2",
      "0x1-2",
      "1-2a",
      "a-2",
      "1.0-2",
      "$",
      "*",
      "1-*",
      "18446744073709551616-0",
      "0-18446744073709551616",
      "99999999999999999999",
      std::string("1-2\0", 4),
      std::string("1\0-2", 4),
      "\xd9\xa1-2",
  };
  for (const std::string& text : errors) {
    EXPECT_THAT(EntryId::Parse(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(Quoted(text))))
        << text;
  }
}

TEST(EntryIdTest, ReadsOnlyItsOwnBytes) {
  const std::string text = "12-345";
  EXPECT_THAT(EntryId::Parse(std::string_view(text).substr(0, 5)), IsOkAndHolds(EntryId{12, 34}));
  EXPECT_THAT(EntryId::Parse(std::string_view(text).substr(0, 2)), IsOkAndHolds(EntryId{12, 0}));
}

TEST(EntryIdTest, PrintsAsItIsParsed) {
  EXPECT_EQ((EntryId{0, 0}).ToString(), "0-0");
  EXPECT_EQ((EntryId{1526919030474, 55}).ToString(), "1526919030474-55");
  EXPECT_EQ(EntryId::Max().ToString(), "18446744073709551615-18446744073709551615");
  Rng rng(TestSeed(1));
  for (int i = 0; i < 1000; ++i) {
    const EntryId id{rng.Skewed(64), rng.Skewed(64)};
    EXPECT_THAT(EntryId::Parse(id.ToString()), IsOkAndHolds(id));
  }
}

TEST(EntryIdTest, SuccessorAndPredecessorCarryAndNeverWrap) {
  const struct {
    EntryId id;
    EntryId next;
  } cases[] = {
      {{0, 0}, {0, 1}},
      {{7, kMax - 1}, {7, kMax}},
      {{7, kMax}, {8, 0}},
      {{kMax - 1, kMax}, {kMax, 0}},
      {{kMax, kMax - 1}, {kMax, kMax}},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(c.id.Successor(), c.next);
    EXPECT_EQ(c.next.Predecessor(), c.id);
    EXPECT_LT(c.id, c.next);
  }
  EXPECT_EQ(EntryId::Max().Successor(), EntryId::Max());
  EXPECT_EQ(EntryId::Min().Predecessor(), EntryId::Min());
}

TEST(EntryIdTest, OrdersByTimeThenSequence) {
  EXPECT_LT((EntryId{1, kMax}), (EntryId{2, 0}));
  EXPECT_LT((EntryId{1, 1}), (EntryId{1, 2}));
  EXPECT_GT((EntryId{kMax, 0}), (EntryId{kMax - 1, kMax}));
}

TEST(BoundTest, TimeIsCutToMilliseconds) {
  const absl::Time epoch = absl::UnixEpoch();
  const struct {
    absl::Time time;
    uint64_t ms;
  } cases[] = {
      {epoch, 0},
      {epoch - absl::Nanoseconds(1), 0},
      {epoch - absl::Hours(1), 0},
      {absl::InfinitePast(), 0},
      {epoch + absl::Nanoseconds(999'999), 0},
      {epoch + absl::Milliseconds(1), 1},
      {epoch + absl::Microseconds(1999), 1},
      {epoch + absl::Milliseconds(2), 2},
      {absl::FromUnixSeconds(1'700'000'000), 1'700'000'000'000},
      {absl::InfiniteFuture(), kMax},
  };
  for (const auto& c : cases) {
    const Bound bound = Bound::Time(c.time);
    EXPECT_EQ(bound.kind(), Bound::Kind::kTime);
    EXPECT_EQ(bound.id(), (EntryId{c.ms, 0})) << absl::FormatTime(c.time);
  }
}

TEST(BoundTest, KeepsWhatItWasMadeOf) {
  EXPECT_EQ(Bound::Begin().kind(), Bound::Kind::kBegin);
  EXPECT_EQ(Bound::End().kind(), Bound::Kind::kEnd);
  EXPECT_EQ(Bound::Id({3, 4}).kind(), Bound::Kind::kId);
  EXPECT_EQ(Bound::Id({3, 4}).id(), (EntryId{3, 4}));
  EXPECT_EQ(Bound::ExclusiveId({3, 4}).kind(), Bound::Kind::kExclusiveId);
  EXPECT_EQ(Bound::Offset(9).kind(), Bound::Kind::kOffset);
  EXPECT_EQ(Bound::Offset(9).number(), 9u);
  EXPECT_EQ(Bound::Last(0).kind(), Bound::Kind::kLast);
  EXPECT_EQ(Bound::Last(kMax).number(), kMax);
}

}  // namespace
}  // namespace evlog
