// Read: every bound, both directions, one partition or all, any limit; against a plain model.
#include <string>

#include "tests/contract/contract_test.h"
#include "tests/support/model_log.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ReadTest : public ContractTest {
 protected:
  // A stream with small and large entries, batches, gaps in the ids and several chunks.
  void Fill(const std::string& name, const StreamOptions& options, ModelStream* model) {
    Stream stream = Create(name, options);
    int n = 0;
    for (int call = 0; call < 40; ++call) {
      std::vector<NewEntry> entries;
      const int size = call % 5 == 0 ? 7 : 1;
      for (int i = 0; i < size; ++i) {
        NewEntry entry;
        if (call % 3 != 0) entry.key = "k" + std::to_string(n % 11);
        const size_t bytes = call % 4 == 0 ? 900 : 5;
        entry.fields = {{"v", std::to_string(n++)}, {"x", std::string(bytes, 'x')}};
        entries.push_back(std::move(entry));
      }
      const absl::StatusOr<AppendResult> expected = model->Append(clock_.Now(), entries);
      const absl::StatusOr<AppendResult> result =
          stream.Append(BatchOf(entries), {.durability = Durability::kOs});
      ASSERT_OK(expected);
      ASSERT_OK(result);
      EXPECT_EQ(TextOf(*result), TextOf(*expected));
      if (call % 6 == 5) clock_.Advance(absl::Milliseconds(call % 4));
    }
    ASSERT_OK(log().Sync());
  }

  // Bounds at, between and beyond the ids, offsets and times that there are.
  static std::vector<Bound> Bounds(const ModelStream& model) {
    std::vector<Bound> bounds = {
        Bound::Begin(),
        Bound::End(),
        Bound::Id(EntryId::Min()),
        Bound::Id(EntryId::Max()),
        Bound::ExclusiveId(EntryId::Min()),
        Bound::ExclusiveId(EntryId::Max()),
        Bound::Time(absl::InfinitePast()),
        Bound::Time(absl::InfiniteFuture()),
    };
    const size_t size = model.entries().size();
    for (const size_t i : {size_t{0}, size_t{1}, size / 3, size / 2, size - 2, size - 1}) {
      const EntryId id = model.entries()[i].id;
      bounds.push_back(Bound::Id(id));
      bounds.push_back(Bound::Id(id.Successor()));
      bounds.push_back(Bound::ExclusiveId(id));
      bounds.push_back(Bound::ExclusiveId(id.Predecessor()));
      bounds.push_back(Bound::Time(absl::FromUnixMillis(static_cast<int64_t>(id.ms))));
    }
    for (const uint64_t offset :
         {uint64_t{0}, uint64_t{1}, uint64_t{17}, size - 1, size, size + 1000, UINT64_MAX}) {
      bounds.push_back(Bound::Offset(offset));
    }
    for (const uint64_t n : {uint64_t{0}, uint64_t{1}, uint64_t{9}, size, size + 1, UINT64_MAX}) {
      bounds.push_back(Bound::Last(n));
    }
    return bounds;
  }

  void Compare(const ReadRequest& request, const ModelStream& model) {
    const absl::StatusOr<std::vector<OwnedEntry>> expected = model.Read(request);
    const absl::StatusOr<std::vector<OwnedEntry>> found = ReadAll(log(), request);
    EXPECT_EQ(found.status().code(), expected.status().code()) << found.status();
    if (found.ok() && expected.ok()) {
      EXPECT_EQ(*found, *expected);
    }
  }

  // `every`: only so many of the combinations.
  void CompareAll(const std::string& name, const ModelStream& model, int every = 1) {
    int combination = 0;
    const std::vector<Bound> bounds = Bounds(model);
    std::vector<std::optional<Bound>> ends = {std::nullopt};
    ends.insert(ends.end(), bounds.begin(), bounds.end());
    std::vector<std::optional<uint16_t>> partitions = {std::nullopt, uint16_t{0}};
    if (model.options().partitions > 1) partitions.push_back(uint16_t{2});
    for (const Bound& from : bounds) {
      for (const std::optional<Bound>& until : ends) {
        for (const std::optional<uint16_t>& partition : partitions) {
          if (++combination % every != 0) continue;
          CompareBothWays({.stream = name, .partition = partition, .from = from, .until = until},
                          model);
          if (HasFailure()) return;
        }
      }
    }
  }

  void CompareBothWays(ReadRequest request, const ModelStream& model) {
    for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
      for (const uint64_t limit : {uint64_t{0}, uint64_t{1}, uint64_t{13}, UINT64_MAX}) {
        SCOPED_TRACE(testing::Message()
                     << "from " << static_cast<int>(request.from.kind()) << ' '
                     << request.from.id().ToString() << " until "
                     << (request.until ? static_cast<int>(request.until->kind()) : -1) << ' '
                     << (request.until ? request.until->id().ToString() : "") << " partition "
                     << (request.partition ? *request.partition : -1) << " direction "
                     << static_cast<int>(direction) << " limit " << limit);
        request.direction = direction;
        request.limit = limit;
        Compare(request, model);
      }
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Logs, ReadTest, ::testing::ValuesIn(LogKinds()), NameOfKind);

TEST_P(ReadTest, AnswersEveryBoundOfOnePartition) {
  ModelStream model({});
  Fill("s", {}, &model);
  CompareAll("s", model);
  Restart();
  CompareAll("s", model);
}

TEST_P(ReadTest, AnswersEveryBoundOfSeveralPartitions) {
  ModelStream model({.partitions = 3});
  Fill("s", {.partitions = 3}, &model);
  CompareAll("s", model);
  Restart();
  CompareAll("s", model);
}

TEST_P(ReadTest, AnswersTheSameBesideTheOwner) {
  ModelStream model({.partitions = 3});
  Fill("s", {.partitions = 3}, &model);
  std::unique_ptr<EventLog> reader = OpenReader();
  ASSERT_NE(reader, nullptr);
  log_.swap(reader);            // the owner stays, beside it
  CompareAll("s", model, 149);  // each reading looks for what the owner wrote
}

TEST_P(ReadTest, OfAnEmptyStreamEndsAtOnce) {
  for (const uint32_t partitions : {1u, 3u}) {
    const std::string name = "s" + std::to_string(partitions);
    Create(name, {.partitions = partitions});
    const ModelStream model({.partitions = partitions});
    for (const Bound& from : {Bound::Begin(), Bound::End(), Bound::Id({5, 5}), Bound::Last(3)}) {
      CompareBothWays({.stream = name, .from = from}, model);
      CompareBothWays({.stream = name, .from = from, .until = Bound::End()}, model);
      CompareBothWays({.stream = name, .partition = uint16_t{0}, .from = from}, model);
    }
  }
}

TEST_P(ReadTest, NamesWhatItCannotDo) {
  Create("s", {.partitions = 2});
  EXPECT_THAT(log().Read({.stream = "missing"}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("missing")));
  EXPECT_THAT(log().Read({.stream = ""}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(log().Read({.stream = "s", .partition = uint16_t{2}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("partition")));
  EXPECT_THAT(log().Read({.stream = "s", .from = Bound::Offset(0)}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("offset")));
  EXPECT_THAT(log().Read({.stream = "s", .until = Bound::Offset(0)}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("offset")));
  EXPECT_THAT(log().Read({.stream = "s", .until = Bound::Last(1)}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("last")));
}

TEST_P(ReadTest, FromTheEndIsWhatComesNow) {
  for (const uint32_t partitions : {1u, 3u}) {
    const std::string name = "s" + std::to_string(partitions);
    Stream stream = Create(name, {.partitions = partitions});
    for (int i = 0; i < 5; ++i) Add(stream, "old");
    Cursor cursor = StartReading({.stream = name, .from = Bound::End()});
    EXPECT_THAT(Drain(&cursor), IsOkAndHolds(IsEmpty()));
    for (int i = 0; i < 5; ++i) Add(stream, "new" + std::to_string(i));
    const absl::StatusOr<std::vector<OwnedEntry>> entries = Drain(&cursor);
    ASSERT_OK(entries);
    EXPECT_THAT(ValuesOf(*entries), ElementsAre("new0", "new1", "new2", "new3", "new4"));
  }
}

TEST_P(ReadTest, UntilTheEndIsWhatWasThereAtTheCall) {
  for (const uint32_t partitions : {1u, 3u}) {
    const std::string name = "s" + std::to_string(partitions);
    Stream stream = Create(name, {.partitions = partitions});
    for (int i = 0; i < 5; ++i) Add(stream, "old");
    Cursor forward = StartReading({.stream = name, .until = Bound::End()});
    Cursor backward = StartReading({.stream = name, .direction = Direction::kBackward});
    for (int i = 0; i < 5; ++i) Add(stream, "new");
    EXPECT_THAT(Drain(&forward), IsOkAndHolds(SizeIs(5)));
    EXPECT_THAT(Drain(&forward), IsOkAndHolds(IsEmpty()));
    EXPECT_THAT(Drain(&backward), IsOkAndHolds(SizeIs(5)));
    EXPECT_THAT(Drain(&backward), IsOkAndHolds(IsEmpty()));
  }
}

TEST_P(ReadTest, FromAnIdToComeBeginsThere) {
  for (const uint32_t partitions : {1u, 2u}) {
    const std::string name = "s" + std::to_string(partitions);
    Stream stream = Create(name, {.partitions = partitions});
    Add(stream, "a", {.id = EntryId{1, 0}});
    Cursor cursor = StartReading({.stream = name, .from = Bound::Id({5, 0})});
    EXPECT_THAT(Drain(&cursor), IsOkAndHolds(IsEmpty()));
    Add(stream, "b", {.id = EntryId{2, 1}});
    EXPECT_THAT(Drain(&cursor), IsOkAndHolds(IsEmpty()));
    Batch batch;
    ASSERT_OK(batch.Add({{"v", "c"}}, {.id = EntryId{3, 0}}));
    ASSERT_OK(batch.Add({{"v", "d"}}, {.id = EntryId{5, 0}}));
    ASSERT_OK(batch.Add({{"v", "e"}}, {.id = EntryId{5, 1}}));
    ASSERT_OK(stream.Append(std::move(batch)));
    const absl::StatusOr<std::vector<OwnedEntry>> entries = Drain(&cursor);
    ASSERT_OK(entries);
    EXPECT_THAT(ValuesOf(*entries), ElementsAre("d", "e"));
  }
}

TEST_P(ReadTest, StaysWithinItsLimitWhileItFollows) {
  Stream stream = Create("s", {.partitions = 2});
  Cursor cursor = StartReading({.stream = "s", .limit = 3});
  Add(stream, "a");
  EXPECT_THAT(Drain(&cursor), IsOkAndHolds(SizeIs(1)));
  for (int i = 0; i < 5; ++i) Add(stream, "b");
  EXPECT_THAT(Drain(&cursor), IsOkAndHolds(SizeIs(2)));
  Add(stream, "c");
  EXPECT_THAT(Drain(&cursor), IsOkAndHolds(IsEmpty()));
}

TEST_P(ReadTest, BackwardsFromTheLastIdThatThereCanBe) {
  Stream stream = Create("s");
  Add(stream, "a", {.id = EntryId{1, 1}});
  Add(stream, "b", {.id = EntryId::Max()});
  for (const ReadRequest& request :
       {ReadRequest{.stream = "s", .direction = Direction::kBackward},
        ReadRequest{.stream = "s", .until = Bound::End(), .direction = Direction::kBackward},
        ReadRequest{.stream = "s",
        .until = Bound::Id(EntryId::Max()),
        .direction = Direction::kBackward}}) {
    EXPECT_THAT(ValuesOf(Read(request)), ::testing::ElementsAre("b", "a"));
  }
}

}  // namespace
}  // namespace evlog
