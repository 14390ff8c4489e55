// Reading many streams in the order of commits, from a position, following.
#include <atomic>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/contract/contract_test.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

class CommitOrderTest : public ContractTest {
 protected:
  // "stream:value" of each entry that the cursor hands out without waiting.
  static std::vector<std::string> Drained(Cursor& cursor) {
    std::vector<std::string> entries;
    ChunkView view;
    for (;;) {
      const absl::StatusOr<bool> more = cursor.Next(&view);
      EXPECT_OK(more);
      if (!more.ok() || !*more) return entries;
      for (const EntryView& entry : view) {
        EXPECT_EQ(entry.partition, view.partition());
        entries.push_back(cursor.stream() + ":" + Own(entry).fields[0].second.substr(0, 8));
      }
    }
  }
  static std::vector<std::string> Drained(EventLog& log, const ReadRequest& request) {
    absl::StatusOr<Cursor> cursor = log.Read(request);
    EXPECT_OK(cursor);
    return cursor.ok() ? Drained(*cursor) : std::vector<std::string>();
  }
  std::vector<std::string> All(const std::string& pattern = "*") {
    return Drained(log(), {.pattern = pattern});
  }
};
INSTANTIATE_TEST_SUITE_P(Logs, CommitOrderTest, ::testing::ValuesIn(LogKinds()), NameOfKind);

// A value that makes its chunk stand in `log`, or in `dir`.
std::string Long(const std::string& value) { return value + std::string(1500, '.'); }

TEST_P(CommitOrderTest, AllStreamsOrThoseOfAPattern) {
  Stream a = Create("order-a"), b = Create("order-b", {.partitions = 3}), c = Create("other");
  std::vector<std::string> all, orders;
  for (int i = 0; i < 200; ++i) {
    Stream& stream = i % 3 == 0 ? a : i % 3 == 1 ? b : c;
    const std::string value = std::to_string(1000 + i) + "....";
    Add(stream, i % 5 == 0 ? Long(value) : value);
    all.push_back(stream.name() + ":" + value);
    if (i % 3 != 2) orders.push_back(all.back());
  }
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(All(), ElementsAreArray(all));
    EXPECT_THAT(All("order-*"), ElementsAreArray(orders));
    EXPECT_THAT(All("nobody*"), IsEmpty());
    EXPECT_THAT(All(QuotePattern("other")).size(), 66u);
    EXPECT_THAT(Drained(*OpenReader(), {.pattern = "order-?"}), ElementsAreArray(orders));
    Restart();
  }
}

TEST_P(CommitOrderTest, OfOneDatabase) {
  Stream zero = Create("s");
  Add(zero, "zero");
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<EventLog> other, log().InDatabase(3));
  ASSERT_OK_AND_ASSIGN(Stream three, other->CreateStream("s"));
  Add(three, "three");
  EXPECT_THAT(All(), ElementsAre("s:zero"));
  EXPECT_THAT(Drained(*other, {.pattern = "*"}), ElementsAre("s:three"));
}

TEST_P(CommitOrderTest, GoesOnAfterEveryPosition) {
  Stream a = Create("a"), b = Create("b", {.partitions = 4});
  for (int round = 0; round < 3; ++round) {
    Transaction both;
    Batch small, large;
    for (int i = 0; i < 5; ++i) ASSERT_OK(small.Add({{"v", std::to_string(i)}}));
    // Several chunks to one partition in one commit.
    for (int i = 0; i < 20; ++i) ASSERT_OK(large.Add({{"v", std::string(20000, 'x')}}));
    ASSERT_OK(both.Append(a, std::move(small)));
    ASSERT_OK(both.Append(b, std::move(large)));
    ASSERT_OK(both.Append(b, {{"v", "more"}}, {.key = "k"}));
    ASSERT_OK(log().Commit(std::move(both)));
    Add(a, "one");
  }
  const std::vector<std::string> all = All();
  ASSERT_EQ(all.size(), 3u * 27);
  Cursor cursor = StartReading({.pattern = "*"});
  ChunkView view;
  size_t seen = 0;
  Position last;
  for (;;) {
    ASSERT_OK_AND_ASSIGN(const bool more, cursor.Next(&view));
    if (!more) break;
    for (uint32_t handled = 0; handled <= view.size(); ++handled) {
      const Position position = cursor.position(handled);
      EXPECT_TRUE(handled == 0 || last < position) << last.ToString();
      last = position;
      ASSERT_OK_AND_ASSIGN(const Position parsed, Position::Parse(position.ToString()));
      EXPECT_EQ(parsed, position);
      EXPECT_THAT(Drained(log(), {.pattern = "*", .after = parsed}),
                  ElementsAreArray(all.begin() + seen + handled, all.end()));
    }
    seen += view.size();
    EXPECT_EQ(cursor.position(), cursor.position(view.size()));
  }
  EXPECT_EQ(seen, all.size());
}

TEST_P(CommitOrderTest, APositionIsThatOfTheAppendOnceItIsRead) {
  Stream a = Create("a"), b = Create("b");
  const Position before = Add(b, "0").position;
  const Position first = Add(a, "1").position;
  const Position other = Add(b, "2").position;
  Cursor cursor = StartReading({.pattern = "a"});
  ChunkView view;
  EXPECT_TRUE(cursor.position() < before);
  ASSERT_THAT(cursor.Next(&view), IsOkAndHolds(true));
  EXPECT_TRUE(cursor.position() >= first);
  EXPECT_THAT(cursor.Next(&view), IsOkAndHolds(false));
  EXPECT_TRUE(cursor.position() >= other);  // it looked through that, too
  EXPECT_THAT(Drained(log(), {.pattern = "*", .after = first}), ElementsAre("b:2"));
  EXPECT_THAT(Drained(log(), {.pattern = "*", .after = Position()}),
              ElementsAre("b:0", "a:1", "b:2"));
  // Of other cursors there is none.
  Cursor one = StartReading({.stream = "a"});
  ASSERT_THAT(one.Next(&view), IsOkAndHolds(true));
  EXPECT_EQ(one.position(), Position());
  EXPECT_EQ(one.stream(), "a");
}

// Who is told of a commit may go on from there at once, whoever wrote it.
TEST_P(CommitOrderTest, APositionIsGoodAsSoonAsItIsKnown) {
  Stream stream = Create("s", {.durability = Durability::kOs});
  std::atomic<int> done{0};
  constexpr int kAppends = 500;
  for (int i = 0; i < kAppends; ++i) {
    Batch batch;
    ASSERT_OK(batch.Add({{"v", "x"}}));
    stream.AppendAsync(std::move(batch), {}, [&](const absl::StatusOr<AppendResult>& result) {
      EXPECT_OK(result);
      EXPECT_OK(log().Read({.pattern = "*", .after = result->position}));
      const absl::StatusOr<LogInfo> info = log().Describe();
      EXPECT_OK(info);
      EXPECT_TRUE(info->position >= result->position);
      ++done;
      done.notify_all();
    });
    if (i % 7 == 0) Add(stream, "y");
  }
  for (int now = done; now != kAppends; now = done) done.wait(now);
}

TEST_P(CommitOrderTest, LeavesOutWhatIsGone) {
  Stream a = Create("a"), b = Create("b"), c = Create("c");
  std::vector<EntryId> ids;
  for (int i = 0; i < 6; ++i) {
    ids.push_back(Add(a, std::to_string(i)).first_id);
    Add(b, std::to_string(i));
    Add(c, Long(std::to_string(i)));
  }
  Batch batch;
  for (int i = 6; i < 12; ++i) ASSERT_OK(batch.Add({{"v", std::to_string(i)}}));
  ASSERT_OK(a.Append(std::move(batch)));
  std::optional<Cursor> begun = StartReading({.pattern = "*", .limit = 20});
  ChunkView view;
  ASSERT_THAT(begun->Next(&view), IsOkAndHolds(true));
  ASSERT_OK(b.Trim({.keep = {.max_entries = 1, .exact = true}}));
  ASSERT_OK(log().DropStream("c"));
  const std::vector<OwnedEntry> entries = Read("a");
  const std::vector<EntryId> deleted = {ids[2], entries[7].id, entries[8].id};
  ASSERT_OK(a.Delete(deleted));
  const std::vector<std::string> left = {"a:0", "a:1", "a:3", "a:4",  "a:5",
                                         "b:5", "a:6", "a:9", "a:10", "a:11"};
  EXPECT_THAT(Drained(*begun), ElementsAreArray(left.begin() + 1, left.end()));
  begun.reset();  // it holds the files
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(All(), ElementsAreArray(left));
    ASSERT_OK(log().Maintain());
    EXPECT_THAT(All(), ElementsAreArray(left));
    Restart();
  }
}

TEST_P(CommitOrderTest, StreamsThatComeAndAreRenamed) {
  Stream a = Create("order-a"), x = Create("x");
  Add(a, "0");
  Add(x, "1");
  Cursor cursor = StartReading({.pattern = "order-*"});
  EXPECT_THAT(Drained(cursor), ElementsAre("order-a:0"));
  Stream b = Create("order-b");
  Add(b, "2");
  EXPECT_THAT(Drained(cursor), ElementsAre("order-b:2"));
  ASSERT_OK(log().RenameStream("x", "order-x"));
  ASSERT_OK(log().RenameStream("order-a", "done"));
  Add(x, "3");
  Add(a, "4");
  Add(b, "5");
  EXPECT_THAT(Drained(cursor), ElementsAre("order-x:3", "order-b:5"));
  // Names are as they are now.
  EXPECT_THAT(All("order-*"), ElementsAre("order-x:1", "order-b:2", "order-x:3", "order-b:5"));
  // A name that is given anew is of another stream.
  ASSERT_OK(log().DropStream("order-b"));
  Stream again = Create("order-b");
  Add(again, "6");
  EXPECT_THAT(Drained(cursor), ElementsAre("order-b:6"));
  EXPECT_THAT(All("order-*"), ElementsAre("order-x:1", "order-x:3", "order-b:6"));
}

TEST_P(CommitOrderTest, EntriesOfACopyWereToldOnce) {
  Stream a = Create("a");
  for (int i = 0; i < 3; ++i) Add(a, std::to_string(i));
  std::optional<Cursor> cursor = StartReading({.pattern = "*"});
  EXPECT_THAT(Drained(*cursor), ElementsAre("a:0", "a:1", "a:2"));
  ASSERT_OK(log().CopyStream("a", "copy"));
  ASSERT_OK_AND_ASSIGN(Stream copy, log().OpenStream("copy"));
  Add(copy, "3");
  Add(a, "4");
  EXPECT_THAT(Drained(*cursor), ElementsAre("copy:3", "a:4"));
  cursor.reset();
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(All(), ElementsAre("a:0", "a:1", "a:2", "copy:3", "a:4"));
    EXPECT_THAT(Drained(*OpenReader(), {.pattern = "c*"}), ElementsAre("copy:3"));
    Restart();
  }
}

TEST_P(CommitOrderTest, ARenameInTheMiddleOfAWindow) {
  Stream a = Create("order-a"), b = Create("order-b");
  for (int i = 0; i < 3; ++i) {
    Add(a, std::to_string(i));
    Add(b, std::to_string(i));
  }
  Cursor cursor = StartReading({.pattern = "order-*"});
  ChunkView view;
  ASSERT_THAT(cursor.Next(&view), IsOkAndHolds(true));
  ASSERT_OK(log().RenameStream("order-a", "a"));
  ASSERT_OK(log().RenameStream("order-b", "order-c"));
  EXPECT_THAT(Drained(cursor), ElementsAre("order-c:0", "order-c:1", "order-c:2"));
}

TEST_P(CommitOrderTest, LimitsBeginningsAndEnds) {
  Stream a = Create("a"), b = Create("b");
  for (int i = 0; i < 4; ++i) Add(i % 2 ? a : b, std::to_string(i));
  EXPECT_THAT(Drained(log(), {.pattern = "*", .limit = 3}), ElementsAre("b:0", "a:1", "b:2"));
  EXPECT_THAT(Drained(log(), {.pattern = "*", .limit = 0}), IsEmpty());
  Cursor from_end = StartReading({.pattern = "*", .from = Bound::End()});
  Cursor until_end = StartReading({.pattern = "*", .until = Bound::End()});
  Cursor nothing = StartReading({.pattern = "*", .from = Bound::End(), .until = Bound::End()});
  Add(a, "4");
  EXPECT_THAT(Drained(from_end), ElementsAre("a:4"));
  EXPECT_THAT(Drained(until_end), ElementsAre("b:0", "a:1", "b:2", "a:3"));
  EXPECT_THAT(Drained(nothing), IsEmpty());
  ChunkView view;
  EXPECT_THAT(until_end.Next(&view, absl::InfiniteFuture()), IsOkAndHolds(false));
  EXPECT_THAT(Drained(log(), {.pattern = "*", .limit = 1, .after = until_end.position()}),
              ElementsAre("a:4"));
}

TEST_P(CommitOrderTest, RefusesWhatCannotBeCombined) {
  Stream stream = Create("s");
  const Position position = Add(stream, "v").position;
  const struct {
    ReadRequest request;
    const char* field;
  } cases[] = {
      {{.stream = "s", .pattern = "*"}, "`stream`"},
      {{.pattern = "*", .partition = 0}, "`partition`"},
      {{.pattern = "*", .from = Bound::Offset(0)}, "`from`"},
      {{.pattern = "*", .from = Bound::End(), .after = position}, "`from`"},
      {{.pattern = "*", .until = Bound::Begin()}, "`until`"},
      {{.pattern = "*", .direction = Direction::kBackward}, "`direction`"},
      {{.stream = "s", .after = position}, "`after`"},
      {{.pattern = "*", .after = Position{position.log_id + 1, 1, 0}}, "another log"},
  };
  for (const auto& [request, field] : cases) {
    EXPECT_THAT(log().Read(request), StatusIs(kInvalid, HasSubstr(field))) << field;
  }
  EXPECT_THAT(
      log().Read({.pattern = "*", .after = Position{position.log_id, position.commit + 100, 0}}),
      StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("has lost what was there")));
}

TEST_P(CommitOrderTest, FollowsWhateverIsCommitted) {
  for (const Durability durability : {Durability::kOs, Durability::kSync}) {
    const std::string name = durability == Durability::kOs ? "os" : "sync";
    Stream one = Create(name + "-1", {.durability = durability});
    Stream many = Create(name + "-3", {.partitions = 3, .durability = durability});
    Stream other = Create("x" + name, {.durability = durability});
    Cursor cursor = StartReading({.pattern = name + "*", .from = Bound::End()});
    std::vector<std::string> values;
    std::thread reader([&] {
      while (values.size() < 20) {
        ChunkView view;
        ASSERT_THAT(cursor.Next(&view, absl::InfiniteFuture()), IsOkAndHolds(true));
        for (const EntryView& entry : view) values.push_back(Own(entry).fields[0].second);
      }
    });
    std::vector<std::string> expected;
    for (int i = 0; i < 20; ++i) {
      if (i % 4 == 0 && i < 12) clock_.BlockUntilWaiting(1);
      Add(other, "x");
      Add(i % 2 ? one : many, std::to_string(i));
      expected.push_back(std::to_string(i));
    }
    reader.join();
    EXPECT_EQ(values, expected);
  }
}

TEST_P(CommitOrderTest, EndsAtADeadlineAStopAndTheEndOfTheLog) {
  Stream stream = Create("s");
  Cursor cursor = StartReading({.pattern = "*"});
  ChunkView view;
  std::thread first([&] {
    EXPECT_THAT(cursor.Next(&view, clock_.Now() + absl::Seconds(5)), IsOkAndHolds(false));
  });
  clock_.BlockUntilWaiting(1);
  clock_.Advance(absl::Seconds(5));
  first.join();
  std::stop_source stop;
  std::thread second([&] {
    EXPECT_THAT(cursor.Next(&view, absl::InfiniteFuture(), stop.get_token()),
                StatusIs(absl::StatusCode::kCancelled));
  });
  clock_.BlockUntilWaiting(1);
  stop.request_stop();
  second.join();
  Add(stream, "v");
  ASSERT_THAT(cursor.Next(&view, absl::InfiniteFuture(), stop.get_token()), IsOkAndHolds(true));
  std::thread third([&] {
    EXPECT_THAT(cursor.Next(&view, absl::InfiniteFuture()), IsOkAndHolds(true));
    EXPECT_THAT(cursor.Next(&view, absl::InfiniteFuture()),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("closed")));
  });
  clock_.BlockUntilWaiting(1);
  Add(stream, "w");
  clock_.BlockUntilWaiting(1);
  ASSERT_OK(log().Close());
  third.join();
}

TEST_P(CommitOrderTest, AReaderBesideTheOwnerFollows) {
  Stream a = Create("order-a");
  Add(a, "0");
  const std::unique_ptr<EventLog> reader = OpenReader();
  absl::StatusOr<Cursor> cursor = reader->Read({.pattern = "order-*"});
  ASSERT_OK(cursor);
  EXPECT_THAT(Drained(*cursor), ElementsAre("order-a:0"));
  Stream b = Create("order-b");
  ASSERT_OK(log().RenameStream("order-a", "order-z"));
  Add(b, Long("1......."));
  Add(a, "2");
  std::vector<std::string> found;
  ChunkView view;
  while (found.size() < 2) {
    ASSERT_THAT(cursor->Next(&view, clock_.Now() + absl::Seconds(1)), IsOkAndHolds(true));
    for (const EntryView& entry : view) {
      found.push_back(cursor->stream() + ":" + Own(entry).fields[0].second.substr(0, 1));
    }
  }
  EXPECT_THAT(found, ElementsAre("order-b:1", "order-z:2"));
  std::thread waiting([&] {
    EXPECT_THAT(cursor->Next(&view, clock_.Now() + absl::Seconds(1)), IsOkAndHolds(true));
  });
  clock_.BlockUntilWaiting(1);
  Add(b, "3");
  clock_.Advance(absl::Milliseconds(500));
  waiting.join();
  EXPECT_EQ(view.begin()->fields.Find("v"), "3");
  EXPECT_THAT(Drained(*reader, {.pattern = "*", .from = Bound::End()}), IsEmpty());
  ASSERT_OK(a.Trim({.keep = {.max_entries = 0, .exact = true}}));
  EXPECT_THAT(Drained(*reader, {.pattern = "*", .until = Bound::End()}),
              ElementsAre("order-b:1.......", "order-b:3"));
}

}  // namespace
}  // namespace evlog
