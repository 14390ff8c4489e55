// Appends that are repeated and happen once.
#include <string>
#include <string_view>
#include <vector>

#include "tests/contract/contract_test.h"
#include "tests/support/answers.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr auto kConflict = absl::StatusCode::kAborted;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

EVLOG_CONTRACT_SUITE(IdempotenceTest);

// What a repeat answers: all that the original did.
void ExpectDuplicate(const AppendResult& repeat, const AppendResult& original) {
  EXPECT_TRUE(repeat.duplicate);
  EXPECT_FALSE(original.duplicate);
  EXPECT_EQ(repeat.first_id, original.first_id);
  EXPECT_EQ(repeat.last_id, original.last_id);
  EXPECT_EQ(repeat.count, original.count);
  EXPECT_EQ(repeat.partition, original.partition);
  EXPECT_EQ(repeat.offset, original.offset);
  EXPECT_EQ(repeat.position, original.position);
}

TEST_P(IdempotenceTest, ARepeatedIdAnswersTheOriginal) {
  Stream stream = Create("s");
  const Idempotence one = Idempotence::Id("till-7", "1"), two = Idempotence::Id("till-7", "2");
  const AppendResult first = Add(stream, "a", {.idempotence = one});
  const AppendResult second = Add(stream, "b", {.idempotence = two});
  for (int round = 0; round < 2; ++round) {
    ExpectDuplicate(Add(stream, "a", {.idempotence = one}), first);
    ExpectDuplicate(Add(stream, "another value", {.idempotence = two}), second);
    Restart();
    ASSERT_OK_AND_ASSIGN(stream, log().OpenStream("s"));
  }
  EXPECT_FALSE(Add(stream, "c", {.idempotence = Idempotence::Id("till-8", "1")}).duplicate);
  EXPECT_FALSE(Add(stream, "d").duplicate);
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("a", "b", "c", "d"));
}

TEST_P(IdempotenceTest, SequenceNumbersRise) {
  Stream stream = Create("s");
  const auto number = [](uint64_t n) {
    return AppendOptions{.idempotence = Idempotence::Sequence("p", n)};
  };
  Add(stream, "a", number(0));
  const AppendResult last = Add(stream, "b", number(7));
  for (int round = 0; round < 2; ++round) {
    ExpectDuplicate(Add(stream, "b", number(7)), last);
    const absl::Status low = stream.Append({{"v", "x"}}, number(6)).status();
    EXPECT_THAT(low, StatusIs(kConflict, HasSubstr("6 is below the last one, 7")));
    EXPECT_EQ(ConflictOf(low), (Conflict{0, 2, last.last_id, 7}));
    clock_.Advance(absl::Hours(1000));  // there is no window
    Restart();
    ASSERT_OK_AND_ASSIGN(stream, log().OpenStream("s"));
  }
  Add(stream, "c", number(UINT64_MAX));
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("a", "b", "c"));
}

TEST_P(IdempotenceTest, TheSameContentIsAppendedOnce) {
  Stream stream = Create("s");
  const AppendOptions content{.idempotence = Idempotence::Content("p")};
  ASSERT_OK_AND_ASSIGN(const AppendResult first,
                       stream.Append({{"v", "a"}, {"by", "ann"}}, content));
  ASSERT_OK_AND_ASSIGN(AppendResult repeat, stream.Append({{"by", "ann"}, {"v", "a"}}, content));
  ExpectDuplicate(repeat, first);
  EXPECT_FALSE(Add(stream, "b", content).duplicate);
  Restart();
  ASSERT_OK_AND_ASSIGN(stream, log().OpenStream("s"));
  ASSERT_OK_AND_ASSIGN(repeat, stream.Append({{"v", "a"}, {"by", "ann"}}, content));
  ExpectDuplicate(repeat, first);
  // Long after, it is meant anew.
  clock_.Advance(StreamOptions().idempotence_window);
  EXPECT_FALSE(Add(stream, "b", content).duplicate);
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("a", "b", "b"));
}

TEST_P(IdempotenceTest, TheWindowIsTheStreamsAndCanBeAltered) {
  Stream stream = Create("s", {.durability = Durability::kOs, .idempotence_ids = 3});
  const auto id = [](std::string_view name) {
    return AppendOptions{.idempotence = Idempotence::Id("p", name)};
  };
  for (const char* value : {"a", "b", "c", "d"}) Add(stream, value, id(value));
  EXPECT_FALSE(Add(stream, "a", id("a")).duplicate);  // c, d, a
  EXPECT_TRUE(Add(stream, "c", id("c")).duplicate);
  ASSERT_OK(log().AlterStream("s", {.idempotence_ids = 1}));
  EXPECT_FALSE(Add(stream, "d", id("d")).duplicate);
  EXPECT_TRUE(Add(stream, "d", id("d")).duplicate);
  ASSERT_OK(log().AlterStream(
      "s", {.idempotence_window = absl::Milliseconds(10), .idempotence_ids = 10}));
  EXPECT_FALSE(Add(stream, "e", id("e")).duplicate);
  clock_.Advance(absl::Milliseconds(9));
  EXPECT_TRUE(Add(stream, "e", id("e")).duplicate);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_FALSE(Add(stream, "e", id("e")).duplicate);
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("a", "b", "c", "d", "a", "d", "e", "e"));
}

TEST_P(IdempotenceTest, ItIsJudgedBeforeAllElse) {
  Stream stream = Create("s");
  const Idempotence id = Idempotence::Id("p", "x");
  const AppendOptions expects{.expect = Expect::NoEntries(), .idempotence = id};
  const AppendResult first = Add(stream, "a", expects);
  ExpectDuplicate(Add(stream, "a", expects), first);
  const AppendOptions named{.id = EntryId{9'000'000'000'000, 0},
                            .idempotence = Idempotence::Id("p", "y")};
  const AppendResult second = Add(stream, "b", named);
  ExpectDuplicate(Add(stream, "b", named), second);
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("a", "b"));
}

TEST_P(IdempotenceTest, ABatchIsRepeatedAsAWhole) {
  Stream stream = Create("s", {.partitions = 5});
  const auto make = [] {
    Batch batch;
    for (const char* value : {"a", "b", "c"}) EXPECT_OK(batch.Add({{"v", value}}, {.key = value}));
    return batch;
  };
  for (const Idempotence& idempotence :
       {Idempotence::Id("p", "x"), Idempotence::Content("p"), Idempotence::Sequence("p", 1)}) {
    ASSERT_OK_AND_ASSIGN(const AppendResult first,
                         stream.Append(make(), {.idempotence = idempotence}));
    ASSERT_OK_AND_ASSIGN(const AppendResult repeat,
                         stream.Append(make(), {.idempotence = idempotence}));
    ExpectDuplicate(repeat, first);
    EXPECT_EQ(repeat.count, 3u);
  }
  EXPECT_THAT(Read("s"), SizeIs(9));
}

TEST_P(IdempotenceTest, RepeatsThatDoNotWait) {
  Stream stream = Create("s");
  Answers answers;
  for (const Durability durability : {Durability::kSync, Durability::kOs, Durability::kAsync}) {
    for (int i = 0; i < 3; ++i) {
      Batch batch;
      ASSERT_OK(batch.Add({{"v", "a"}}));
      stream.AppendAsync(std::move(batch),
                         {.idempotence = Idempotence::Id("p", "x"), .durability = durability},
                         answers.Collect());
    }
  }
  size_t originals = 0;
  for (const absl::StatusOr<AppendResult>& result : answers.Await(9)) {
    ASSERT_OK(result);
    originals += !result->duplicate;
    EXPECT_EQ(result->offset, 0u);
  }
  EXPECT_EQ(originals, 1u);
  ASSERT_OK(log().Sync());
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("a"));
}

TEST_P(IdempotenceTest, ItOutlivesTrimsDeletionsAndRenames) {
  Stream stream = Create("s");
  const AppendOptions id{.idempotence = Idempotence::Id("p", "x")};
  const AppendResult first = Add(stream, "a", id);
  ASSERT_OK(stream.Delete(std::vector<EntryId>{first.first_id}));
  ExpectDuplicate(Add(stream, "a", id), first);
  ASSERT_OK(stream.Trim({.keep = {.max_entries = 0, .exact = true}}));
  ASSERT_OK(log().RenameStream("s", "t"));
  Restart();
  ASSERT_OK_AND_ASSIGN(stream, log().OpenStream("t"));
  ExpectDuplicate(Add(stream, "a", id), first);
  // A new stream of that name knows nothing of it.
  ASSERT_OK(log().DropStream("t"));
  EXPECT_THAT(stream.Append({{"v", "a"}}, id), StatusIs(absl::StatusCode::kNotFound));
  stream = Create("t");
  EXPECT_FALSE(Add(stream, "a", id).duplicate);
}

TEST_P(IdempotenceTest, WhatCannotBeAsked) {
  Stream stream = Create("s");
  const std::string longest(kIdempotenceNameBytesMax, 'p'), longer = longest + 'p';
  const auto append = [&](const Idempotence& idempotence) {
    return stream.Append({{"v", "a"}}, {.idempotence = idempotence}).status();
  };
  EXPECT_OK(append(Idempotence::Id(longest, longest)));
  EXPECT_OK(append(Idempotence::Sequence(std::string_view("\0", 1), 0)));
  EXPECT_THAT(append(Idempotence::Id("", "x")), StatusIs(kInvalid, HasSubstr("producer")));
  EXPECT_THAT(append(Idempotence::Id("p", "")), StatusIs(kInvalid, HasSubstr("the id has 0")));
  EXPECT_THAT(append(Idempotence::Id("p", longer)), StatusIs(kInvalid, HasSubstr("1025")));
  EXPECT_THAT(append(Idempotence::Sequence(longer, 1)), StatusIs(kInvalid));
  EXPECT_THAT(append(Idempotence::Content("")), StatusIs(kInvalid));
  Transaction transaction;
  EXPECT_THAT(transaction.Append(stream, {{"v", "a"}}, {.idempotence = Idempotence::Id("p", "x")}),
              StatusIs(kInvalid, HasSubstr("idempotence")));
  EXPECT_TRUE(transaction.empty());
}

}  // namespace
}  // namespace evlog
