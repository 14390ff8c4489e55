#include "log/sequencer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "log/partitioner.h"
#include "tests/log/chunks.h"
#include "tests/log/requests.h"
#include "tests/support/rng.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint64_t kMax = UINT64_MAX;
constexpr uint64_t kNMax = (uint64_t{1} << 54) - 1;
const auto kInvalid = absl::StatusCode::kInvalidArgument;
const auto kNone = absl::StatusCode::kFailedPrecondition;

// Sequences `count` entries without keys at the clock's `ms`.
absl::StatusOr<std::unique_ptr<Request>> At(const std::shared_ptr<StreamState>& stream, int64_t ms,
                                            size_t count = 1) {
  ASSIGN_OR_RETURN(std::unique_ptr<Request> request,
                   MakeRequest(stream, std::vector<Draft>(count, Draft{"x", {}, {}})));
  RETURN_IF_ERROR(Sequence(absl::FromUnixMillis(ms), request.get()));
  return request;
}

std::vector<EntryId> StoredIds(const Request& request) {
  std::vector<EntryId> ids;
  for (const RequestPart& part : request.parts) {
    for (const EntryId& id : IdsOf(request.IdsOf(part))) ids.push_back(id);
  }
  return ids;
}

TEST(SequencerTest, IdsFollowTheClockAndNeverFall) {
  const auto stream = MakeStream();
  const struct {
    int64_t clock_ms;
    EntryId id;
  } steps[] = {
      {1000, {1000, 0}}, {1000, {1000, 1}}, {1001, {1001, 0}},
      {999, {1001, 1}},  // the clock stepped back
      {-5, {1001, 2}},   // before 1970
      {1001, {1001, 3}}, {5000, {5000, 0}}, {4999, {5000, 1}},
  };
  uint64_t offset = 0;
  for (const auto& step : steps) {
    ASSERT_OK_AND_ASSIGN(const auto request, At(stream, step.clock_ms));
    EXPECT_EQ(request->result.first_id, step.id);
    EXPECT_EQ(request->result.last_id, step.id);
    EXPECT_EQ(request->result.offset, offset++);
    EXPECT_THAT(StoredIds(*request), ElementsAre(step.id));
  }
}

TEST(SequencerTest, NoEntryIsEverNamedZero) {
  for (const int64_t ms : {int64_t{0}, int64_t{-1}}) {
    ASSERT_OK_AND_ASSIGN(const auto plain, At(MakeStream(), ms));
    EXPECT_EQ(plain->result.first_id, (EntryId{0, 1}));
    ASSERT_OK_AND_ASSIGN(const auto partitioned, At(MakeStream(4), ms));
    EXPECT_EQ(partitioned->result.first_id, (EntryId{0, 1 << 10}));
  }
}

TEST(SequencerTest, ABatchThatDoesNotFitIntoTheMsGoesToTheNext) {
  const struct {
    EntryId last;
    size_t count;
    EntryId first;
  } cases[] = {
      {{1000, kMax - 3}, 3, {1000, kMax - 2}},  // just fits
      {{1000, kMax - 3}, 4, {1001, 0}},         // and just not
      {{1000, kMax}, 1, {1001, 0}},
      {{kMax - 1, kMax}, 2, {kMax, 0}},
      {{kMax, kMax - 2}, 2, {kMax, kMax - 1}},  // the very last ids
  };
  for (const auto& c : cases) {
    const auto stream = MakeStream();
    stream->Reset(StatesOf({{10, c.last, 0}}));
    ASSERT_OK_AND_ASSIGN(const auto request, At(stream, 1000, c.count));
    EXPECT_EQ(request->result.first_id, c.first);
    EXPECT_EQ(request->result.last_id, (EntryId{c.first.ms, c.first.seq + c.count - 1}));
    EXPECT_EQ(request->result.offset, 10u);
  }
}

TEST(SequencerTest, PartitionedIdsCountBesideThePartition) {
  const struct {
    EntryId last;
    size_t count;
    EntryId first;
  } cases[] = {
      {{1000, 7 << 10 | 3}, 2, {1000, 8 << 10}},
      {{1000, (kNMax - 2) << 10 | 3}, 2, {1000, (kNMax - 1) << 10}},
      {{1000, (kNMax - 2) << 10 | 3}, 3, {1001, 0}},
      {{1000, kNMax << 10 | 1023}, 1, {1001, 0}},
  };
  for (const auto& c : cases) {
    const auto stream = MakeStream(1024);
    std::vector<PartitionTail> tails(1024);
    tails[3] = {10, c.last, 0};
    stream->Reset(StatesOf(tails));
    ASSERT_OK_AND_ASSIGN(const auto request, At(stream, 1000, c.count));
    EXPECT_EQ(request->result.partition, 0);  // the first turn
    EXPECT_EQ(request->result.first_id, c.first);
    EXPECT_EQ(request->result.last_id, (EntryId{c.first.ms, c.first.seq + ((c.count - 1) << 10)}));
    EXPECT_EQ(StoredIds(*request).back(), request->result.last_id);
  }
}

TEST(SequencerTest, WhenNoIdsAreLeftNothingIsGiven) {
  const auto stream = MakeStream();
  stream->Reset(StatesOf({{10, {kMax, kMax - 1}, 0}}));
  EXPECT_THAT(At(stream, 1, 2), StatusIs(kNone, HasSubstr("no ids left")));
  ASSERT_OK_AND_ASSIGN(const auto request, At(stream, 1, 1));
  EXPECT_EQ(request->result.first_id, EntryId::Max());
  EXPECT_EQ(request->result.offset, 10u);
  EXPECT_THAT(At(stream, 1, 1), StatusIs(kNone));
}

TEST(SequencerTest, ExplicitIdsMustRiseAndBeAboveTheLast) {
  const auto append = [](const std::shared_ptr<StreamState>& stream, std::vector<EntryId> ids) {
    std::vector<Draft> drafts;
    for (const EntryId& id : ids) drafts.push_back({"x", {}, id});
    absl::StatusOr<std::unique_ptr<Request>> request = MakeRequest(stream, drafts);
    if (request.ok()) {
      if (absl::Status s = Sequence(absl::FromUnixMillis(1000), request->get()); !s.ok()) return s;
    }
    return request.status();
  };
  const auto stream = MakeStream();
  EXPECT_THAT(append(stream, {{0, 0}}), StatusIs(kInvalid, HasSubstr("0-0")));
  EXPECT_THAT(append(stream, {{5, 1}, {5, 1}}), StatusIs(kInvalid, HasSubstr("must rise")));
  EXPECT_THAT(append(stream, {{5, 2}, {5, 1}}), StatusIs(kInvalid, HasSubstr("5-1 follows 5-2")));
  EXPECT_OK(append(stream, {{0, 1}}));
  EXPECT_OK(append(stream, {{5, 1}, {5, 2}, {7, 0}}));
  EXPECT_THAT(append(stream, {{7, 0}}), StatusIs(absl::StatusCode::kAborted, HasSubstr("7-0")));
  EXPECT_THAT(append(stream, {{6, 9}, {9, 9}}),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("6-9")));
  EXPECT_OK(append(stream, {{7, 1}}));
  // Automatic ids go on after them, also when they are ahead of the clock.
  ASSERT_OK_AND_ASSIGN(auto request, At(stream, 3));
  EXPECT_EQ(request->result.first_id, (EntryId{7, 2}));
  EXPECT_EQ(request->result.offset, 5u);
  EXPECT_OK(append(stream, {EntryId::Max()}));
  EXPECT_THAT(At(stream, 3), StatusIs(kNone));
}

TEST(SequencerTest, ExplicitIdsNameTheirPartition) {
  const auto stream = MakeStream(4);
  std::string key_of_2;
  for (int i = 0; PartitionOf(key_of_2, 4) != 2; ++i) key_of_2 = "k" + std::to_string(i);
  const auto make = [&](std::optional<std::string> key, EntryId id) {
    return MakeRequest(stream, {{"x", std::move(key), id}}).status();
  };
  EXPECT_THAT(make({}, {1, 1 << 10 | 4}),
              StatusIs(kInvalid, HasSubstr("names partition 4, but the stream has 4")));
  EXPECT_OK(make({}, {1, 1 << 10 | 3}));
  EXPECT_OK(make(key_of_2, {1, 1 << 10 | 2}));
  EXPECT_THAT(make(key_of_2, {1, 1 << 10 | 1}),
              StatusIs(kInvalid, HasSubstr("names partition 1, but the key \"" + key_of_2)));
  // In a stream of one partition the low bits mean nothing.
  EXPECT_OK(MakeRequest(MakeStream(), {{"x", "key", EntryId{1, 5}}}));
}

TEST(SequencerTest, WithoutKeysWholeCallsTakeTurns) {
  const auto stream = MakeStream(3);
  for (int i = 0; i < 7; ++i) {
    ASSERT_OK_AND_ASSIGN(const auto request, At(stream, 1000, 5));
    EXPECT_EQ(request->result.partition, i % 3);
    EXPECT_EQ(request->result.offset, i / 3 * 5u);
    ASSERT_EQ(request->parts.size(), 1u);
    EXPECT_EQ(request->parts[0].count, 5u);
  }
}

TEST(SequencerTest, EntriesWithAndWithoutKeysInOneBatch) {
  const auto stream = MakeStream(8);
  std::vector<Draft> drafts;
  for (int i = 0; i < 200; ++i) {
    drafts.push_back({std::to_string(i), {}, {}});
    if (i % 4 != 0) drafts.back().key = "key" + std::to_string(i % 10);
  }
  ASSERT_OK_AND_ASSIGN(const auto request, MakeRequest(stream, drafts));
  ASSERT_OK(Sequence(absl::FromUnixMillis(1000), request.get()));
  std::map<uint64_t, std::pair<uint16_t, std::string>> by_n;  // n -> partition, value
  for (RequestPart& part : request->parts) {
    const ChunkRef chunk = std::move(part.entries)
                               .Seal(MakeHeader(stream->partition_id(part.partition),
                                                part.base_offset, request->IdsOf(part), true));
    for (const OwnedEntry& entry : Walk(chunk)) {
      EXPECT_EQ(entry.id.seq & 1023, part.partition);
      by_n[entry.id.seq >> 10] = {part.partition, entry.fields[0].second};
    }
  }
  // All entries, in the order of the batch, each in the partition of its key; the others together.
  ASSERT_EQ(by_n.size(), drafts.size());
  size_t i = 0;
  for (const auto& [n, placed] : by_n) {
    EXPECT_EQ(n, i);
    EXPECT_EQ(placed.second, drafts[i].value);
    const uint16_t wanted = drafts[i].key ? PartitionOf(*drafts[i].key, 8) : by_n[0].first;
    EXPECT_EQ(placed.first, wanted);
    ++i;
  }
  EXPECT_EQ(request->result.first_id, (EntryId{1000, by_n[0].first}));
  EXPECT_EQ(request->result.last_id, (EntryId{1000, uint64_t{199} << 10 | by_n[199].first}));
  EXPECT_EQ(request->result.partition, by_n[0].first);
}

TEST(SequencerTest, PartsOfAPartitionAreCutAtTheSizeOfAChunk) {
  const auto stream = MakeStream(2);
  const std::string value(10'000, 'v');
  std::vector<Draft> drafts;
  for (int i = 0; i < 60; ++i) drafts.push_back({value, "key" + std::to_string(i), {}});
  ASSERT_OK_AND_ASSIGN(const auto request, MakeRequest(stream, drafts));
  EXPECT_GT(request->parts.size(), 8u);
  for (const RequestPart& part : request->parts) {
    EXPECT_LE(part.entries.size(), kChunkBytesTarget);
    EXPECT_OK(ValidateEntries(part.entries.entries(), part.count));
  }
}

// Whatever is appended at whatever time: ids rise over the stream, offsets are dense in a
// partition.
TEST(SequencerTest, RandomRequestsRiseAndAreDense) {
  Rng rng(TestSeed(6));
  for (const uint32_t partitions : {1, 2, 7, 1024}) {
    const auto stream = MakeStream(partitions);
    std::vector<uint64_t> next(partitions, 0);
    EntryId last = EntryId::Min();
    for (int round = 0; round < 300; ++round) {
      std::vector<Draft> drafts(1 + rng.Below(20));
      for (Draft& draft : drafts) {
        draft.value = "x";
        if (rng.Percent(50)) draft.key = rng.Bytes(4);
      }
      ASSERT_OK_AND_ASSIGN(const auto request, MakeRequest(stream, drafts));
      ASSERT_OK(Sequence(absl::FromUnixMillis(1000 + round / 10 - static_cast<int>(rng.Below(20))),
                         request.get()));
      EXPECT_EQ(request->result.offset, next[request->result.partition]);
      std::vector<EntryId> ids;
      for (const RequestPart& part : request->parts) {
        EXPECT_EQ(part.base_offset, next[part.partition]);
        next[part.partition] += part.count;
        for (const EntryId& id : IdsOf(request->IdsOf(part))) {
          EXPECT_TRUE(partitions == 1 || (id.seq & 1023) == part.partition);
          ids.push_back(id);
        }
      }
      std::sort(ids.begin(), ids.end());
      ASSERT_EQ(ids.size(), drafts.size());
      EXPECT_GT(ids.front(), last);
      EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
      EXPECT_EQ(ids.front(), request->result.first_id);
      EXPECT_EQ(ids.back(), request->result.last_id);
      last = ids.back();
    }
  }
}

}  // namespace
}  // namespace evlog
