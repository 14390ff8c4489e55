// What goes on in the background, done by hand: retention, expiry, space that is given back.
#include <string>

#include "tests/contract/contract_test.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RetentionTest : public ContractTest {
 protected:
  void SetUp() override {}  // opened with other options than usual
  OpenOptions ByHand() {
    OpenOptions options = Options();
    options.memtable_bytes = size_t{256} << 10;
    return options;
  }
  void Restart() {
    Close();
    Open(ByHand());
  }

  void AddSecond(Stream& stream, std::string_view value) {
    clock_.Advance(absl::Seconds(1));
    Add(stream, value);
  }
};
INSTANTIATE_TEST_SUITE_P(Logs, RetentionTest, ::testing::ValuesIn(LogKinds()), NameOfKind);

TEST_P(RetentionTest, KeepsTheNewestEntries) {
  Open(ByHand());
  Stream stream = Create("s", {.retention = {.max_entries = 3, .exact = true}});
  for (int i = 0; i < 10; ++i) Add(stream, std::to_string(i));
  EXPECT_THAT(Read("s"), SizeIs(10));
  ASSERT_OK(log().Maintain());
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("7", "8", "9"));
  Restart();
  ASSERT_OK_AND_ASSIGN(stream, log().OpenStream("s"));
  Add(stream, "10");
  ASSERT_OK(log().Maintain());
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("8", "9", "10"));
  StreamChanges changes;
  changes.retention = Retention{.max_bytes = 1, .exact = true};
  ASSERT_OK(log().AlterStream("s", changes));
  Add(stream, "11");
  ASSERT_OK(log().Maintain());
  EXPECT_THAT(Read("s"), IsEmpty());
}

TEST_P(RetentionTest, TrimsByAgeAlsoWhatNobodyHasOpen) {
  Open(ByHand());
  {
    Stream stream = Create("s", {.retention = {.max_age = absl::Seconds(10), .exact = true}});
    for (int i = 0; i < 10; ++i) AddSecond(stream, std::to_string(i));
  }
  ASSERT_OK(log().Maintain());
  EXPECT_THAT(Read("s"), SizeIs(10));
  Restart();
  clock_.Advance(absl::Seconds(5));
  ASSERT_OK(log().Maintain());
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("4", "5", "6", "7", "8", "9"));
  clock_.Advance(absl::Seconds(100));
  ASSERT_OK(log().Maintain());
  EXPECT_THAT(Read("s"), IsEmpty());
  ASSERT_OK_AND_ASSIGN(Stream stream, log().OpenStream("s"));
  AddSecond(stream, "new");
  clock_.Advance(absl::Seconds(11));
  ASSERT_OK(log().Maintain());
  EXPECT_THAT(Read("s"), IsEmpty()) << "the timer was not set again";
}

TEST_P(RetentionTest, ExpiredStreamsAreDropped) {
  Open(ByHand());
  const absl::Time soon = clock_.Now() + absl::Seconds(10);
  Create("a", {.expires_at = soon});
  Create("b", {.expires_at = soon});
  Create("c");
  StreamChanges never, c_too;
  never.expires_at = std::optional<absl::Time>();
  ASSERT_OK(log().AlterStream("b", never));
  c_too.expires_at = soon;
  ASSERT_OK(log().AlterStream("c", c_too));
  clock_.Advance(absl::Seconds(9));
  ASSERT_OK(log().Maintain());
  ASSERT_OK_AND_ASSIGN(const auto before, log().ListStreams());
  EXPECT_THAT(before, SizeIs(3));
  Restart();
  clock_.Advance(absl::Seconds(2));
  ASSERT_OK(log().Maintain());
  ASSERT_OK_AND_ASSIGN(const auto after, log().ListStreams());
  ASSERT_THAT(after, SizeIs(1));
  EXPECT_EQ(after[0].name, "b");
}

TEST_P(RetentionTest, SpaceComesBack) {
  Open(ByHand());
  Stream large = Create("large", {.durability = Durability::kOs});
  Stream small = Create("small", {.durability = Durability::kOs});
  const std::string value(2000, 'x');
  for (int i = 0; i < 800; ++i) Add(large, value + std::to_string(i));
  for (int i = 0; i < 1000; ++i) Add(small, std::to_string(i));
  ASSERT_OK(large.Trim({.keep = {.max_entries = 10, .exact = true}}));
  ASSERT_OK(small.Trim({.keep = {.max_entries = 10, .exact = true}}));
  ASSERT_OK(log().Maintain());
  // What is in memory still comes to the files later; then it is garbage.
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 200; ++i) Add(large, value);
    ASSERT_OK(large.Trim({.keep = {.max_entries = 10, .exact = true}}));
    ASSERT_OK(log().Maintain());
  }
  ASSERT_OK_AND_ASSIGN(const LogInfo info, log().Describe());
  EXPECT_LT(info.disk_bytes, 1'000'000u);
  EXPECT_LE(info.garbage_bytes, info.disk_bytes);
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(Read("large"), SizeIs(10));
    const std::vector<std::string> left = ValuesOf(Read("small"));
    ASSERT_THAT(left, SizeIs(10));
    EXPECT_EQ(left.front(), "990");
    EXPECT_EQ(left.back(), "999");
    Restart();
  }
}

TEST_P(RetentionTest, SpaceOfDroppedStreamsComesBack) {
  Open(ByHand());
  for (int s = 0; s < 300; ++s) {  // more than a file's census takes
    Stream stream = Create("s" + std::to_string(s), {.durability = Durability::kOs});
    for (int i = 0; i < 10; ++i) Add(stream, std::string(700, 'x'));
  }
  Stream kept = Create("kept");
  Add(kept, "a");
  for (int s = 0; s < 300; ++s) ASSERT_OK(log().DropStream("s" + std::to_string(s)));
  for (int i = 0; i < 200; ++i) Add(kept, std::string(2000, 'x'));  // flushes what is before it
  for (int round = 0; round < 3; ++round) {
    ASSERT_OK(kept.Trim({.keep = {.max_entries = 199 - static_cast<uint64_t>(round)}}));
    ASSERT_OK(log().Maintain());
  }
  ASSERT_OK_AND_ASSIGN(const LogInfo info, log().Describe());
  EXPECT_LT(info.disk_bytes, 1'000'000u);
  Restart();
  ASSERT_OK_AND_ASSIGN(const auto streams, log().ListStreams());
  EXPECT_THAT(streams, SizeIs(1));
}

}  // namespace
}  // namespace evlog
