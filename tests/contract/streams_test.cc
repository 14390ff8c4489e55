// Making, finding, listing and describing streams.
#include <string>

#include "tests/contract/contract_test.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class StreamsTest : public ContractTest {
 protected:
  std::vector<std::string> Names(const ListOptions& options = {}) {
    const absl::StatusOr<std::vector<StreamInfo>> infos = log().ListStreams(options);
    EXPECT_OK(infos);
    std::vector<std::string> names;
    for (const StreamInfo& info : *infos) names.push_back(info.name);
    return names;
  }
};
INSTANTIATE_TEST_SUITE_P(Logs, StreamsTest, ::testing::ValuesIn(LogKinds()), NameOfKind);

TEST_P(StreamsTest, AreCreatedOnceAndKeepTheirOptions) {
  const StreamOptions options{.partitions = 5, .durability = Durability::kOs};
  ASSERT_OK_AND_ASSIGN(Stream stream, log().OpenStream("s", options));
  EXPECT_EQ(stream.options(), options);
  ASSERT_OK_AND_ASSIGN(const Stream again, log().OpenStream("s", {.partitions = 2}));
  EXPECT_EQ(again.options(), options);
  EXPECT_THAT(log().CreateStream("s", options),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("\"s\"")));
  Restart();
  ASSERT_OK_AND_ASSIGN(const Stream later, log().OpenStream("s", {}, IfMissing::kError));
  EXPECT_EQ(later.options(), options);
  EXPECT_EQ(later.name(), "s");
}

TEST_P(StreamsTest, AreMissingUntilTheyAreCreated) {
  EXPECT_THAT(log().OpenStream("s", {}, IfMissing::kError),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("\"s\"")));
  EXPECT_THAT(log().DescribeStream("s"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_P(StreamsTest, HaveNamesOfAnyBytesUpToALimit) {
  EXPECT_THAT(log().OpenStream(""), StatusIs(absl::StatusCode::kInvalidArgument));
  const std::string longest(kStreamNameBytesMax, '\0');
  EXPECT_OK(log().OpenStream(longest));
  EXPECT_THAT(log().OpenStream(longest + "x"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(log().DescribeStream(longest + "x"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_OK(log().OpenStream("\xff\xfe"));
  EXPECT_OK(log().OpenStream(std::string("a\0b", 3)));
  EXPECT_OK(log().OpenStream("a"));
  Restart();
  EXPECT_THAT(Names(), ElementsAre(longest, "a", std::string("a\0b", 3), "\xff\xfe"));
}

TEST_P(StreamsTest, RefusePartitionsOutOfRange) {
  for (const uint32_t partitions : {0u, kPartitionsMax + 1u, UINT32_MAX}) {
    EXPECT_THAT(log().OpenStream("s", {.partitions = partitions}),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("partitions")));
  }
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_P(StreamsTest, AreListedByNameFromAnywhereByPattern) {
  for (const char* name : {"b", "a.2", "a.10", "a.1", "c*", "B"}) Create(name);
  EXPECT_THAT(Names(), ElementsAre("B", "a.1", "a.10", "a.2", "b", "c*"));
  EXPECT_THAT(Names({.pattern = "a.*"}), ElementsAre("a.1", "a.10", "a.2"));
  EXPECT_THAT(Names({.pattern = "a.?"}), ElementsAre("a.1", "a.2"));
  EXPECT_THAT(Names({.pattern = "[a-c]"}), ElementsAre("b"));
  EXPECT_THAT(Names({.pattern = "[^a-z]"}), ElementsAre("B"));
  EXPECT_THAT(Names({.pattern = "c\\*"}), ElementsAre("c*"));
  EXPECT_THAT(Names({.pattern = ""}), IsEmpty());
  EXPECT_THAT(Names({.after = "a.10"}), ElementsAre("a.2", "b", "c*"));
  EXPECT_THAT(Names({.after = "a.11"}), ElementsAre("a.2", "b", "c*"));
  EXPECT_THAT(Names({.after = "zzz"}), IsEmpty());
  EXPECT_THAT(Names({.limit = 0}), IsEmpty());
  EXPECT_THAT(Names({.pattern = "a*", .after = "a.1", .limit = 1}), ElementsAre("a.10"));
}

TEST_P(StreamsTest, AreDescribedAsTheirReadersSeeThem) {
  Stream stream = Create("s", {.partitions = 3, .durability = Durability::kOs});
  ASSERT_OK_AND_ASSIGN(StreamInfo info, log().DescribeStream("s"));
  EXPECT_EQ(info.entries, 0u);
  EXPECT_EQ(info.last_id, EntryId::Min());
  ASSERT_THAT(info.partitions, SizeIs(3));
  EXPECT_EQ(info.partitions[0].next_offset, 0u);
  EXPECT_EQ(info.partitions[0].last_id, EntryId::Min());
  AppendResult last;
  for (int i = 0; i < 7; ++i) last = Add(stream, "x");
  for (const bool restarted : {false, true}) {
    if (restarted) Restart();
    ASSERT_OK_AND_ASSIGN(info, log().DescribeStream("s"));
    EXPECT_EQ(info.name, "s");
    EXPECT_EQ(info.options, stream.options());
    EXPECT_EQ(info.entries, 7u);
    EXPECT_EQ(info.last_id, last.last_id);
    EXPECT_EQ(info.partitions[last.partition].last_id, last.last_id);
    EXPECT_EQ(info.partitions[0].next_offset + info.partitions[1].next_offset +
                  info.partitions[2].next_offset,
              7u);
    ASSERT_OK_AND_ASSIGN(const std::vector<StreamInfo> all, log().ListStreams());
    ASSERT_THAT(all, SizeIs(1));
    EXPECT_EQ(all[0].entries, 7u);
    EXPECT_EQ(all[0].stream_id, info.stream_id);
  }
}

TEST_P(StreamsTest, HaveNumbersThatAreNeverGivenTwice) {
  Create("a");
  Create("b");
  ASSERT_OK_AND_ASSIGN(const StreamInfo a, log().DescribeStream("a"));
  ASSERT_OK_AND_ASSIGN(const StreamInfo b, log().DescribeStream("b"));
  Restart();
  Create("c");
  ASSERT_OK_AND_ASSIGN(const StreamInfo c, log().DescribeStream("c"));
  EXPECT_LT(a.stream_id, b.stream_id);
  EXPECT_LT(b.stream_id, c.stream_id);
}

TEST_P(StreamsTest, AreForgottenAndFoundAgainWhenThereAreMany) {
  Close();
  OpenOptions options = Options();
  options.idle_streams_max = 3;
  Open(options);
  Stream held = Create("held", {.partitions = 2});
  for (uint64_t round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) {
      const std::string name = "s" + std::to_string(i);
      ASSERT_OK_AND_ASSIGN(
          Stream stream,
          log().OpenStream(name, {.durability = static_cast<Durability>(1 + i % 3)}));
      const AppendResult result = Add(stream, name);
      EXPECT_EQ(result.offset, round);
      EXPECT_EQ(result.first_id.seq, round);
      Add(held, name, {.durability = Durability::kOs});
    }
  }
  ASSERT_OK(log().Sync());
  for (int i = 0; i < 20; ++i) {
    const std::string name = "s" + std::to_string(i);
    EXPECT_THAT(ValuesOf(Read(name)), ElementsAre(name, name, name));
  }
  EXPECT_THAT(Read("held"), SizeIs(60));
  EXPECT_THAT(Names(), SizeIs(21));
}

}  // namespace
}  // namespace evlog
