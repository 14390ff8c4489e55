#include "log/partition_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "tests/log/engine.h"
#include "tests/support/rng.h"

namespace evlog {
namespace {

using ::testing::HasSubstr;

using Offsets = std::vector<uint64_t>;

// The offsets that a reader hands out from `offset` on, `step` at a time.
absl::StatusOr<Offsets> ReadOn(PartitionReader* reader, uint32_t step = UINT32_MAX) {
  Offsets offsets;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, reader->Load());
    if (!more) return offsets;
    const uint32_t count = std::min(step, reader->left());
    EXPECT_GT(count, 0u);
    const ChunkHeader& header = reader->chunk()->header();
    EXPECT_EQ(reader->id(), reader->chunk()->IdAt(reader->index()));
    const bool backward = reader->offset() != header.base_offset + reader->index();
    for (uint32_t i = 0; i < count; ++i) {
      offsets.push_back(header.base_offset +
                        (backward ? reader->index() - i : reader->index() + i));
    }
    reader->Skip(count);
  }
}

Offsets Range(uint64_t begin, uint64_t end) {
  Offsets offsets;
  for (uint64_t i = begin; i < end; ++i) offsets.push_back(i);
  return offsets;
}

Offsets Reversed(Offsets offsets) {
  std::reverse(offsets.begin(), offsets.end());
  return offsets;
}

// Chunks of many sizes, inline and referred to; `other` streams between them.
class PartitionReaderTest : public ::testing::TestWithParam<size_t> {
 protected:
  void Fill(int commits, int others) {
    Rng rng(9);
    for (int i = 0; i < commits; ++i) {
      std::vector<Draft> drafts(1 + rng.Skewed(4));
      for (Draft& draft : drafts) draft.value = std::string(rng.Skewed(13), 'v');
      ASSERT_OK(engine_.Append(stream_, drafts));
      end_ += drafts.size();
      for (int j = 0; j < others; ++j) ASSERT_OK(engine_.Append(other_, "o"));
    }
  }
  PartitionReader Make(Direction direction) {
    return PartitionReader(&engine_.store(), stream_, 0, direction);
  }

  Engine engine_{{.tail_cache_bytes = GetParam()}};
  std::shared_ptr<StreamState> other_ = engine_.Stream("other");
  std::shared_ptr<StreamState> stream_ = engine_.Stream("s");
  uint64_t end_ = 0;
};

TEST_P(PartitionReaderTest, FromEveryOffsetInBothDirections) {
  Fill(300, 1);
  for (uint64_t from = 0; from <= end_; from += 1 + from % 23) {
    PartitionReader forward = Make(Direction::kForward);
    forward.Start(from);
    EXPECT_THAT(ReadOn(&forward), IsOkAndHolds(Range(from, end_)));
    PartitionReader backward = Make(Direction::kBackward);
    backward.Start(from);
    EXPECT_THAT(ReadOn(&backward), IsOkAndHolds(Reversed(Range(0, from))));
  }
}

TEST_P(PartitionReaderTest, AFewAtATimeAndDownToALimit) {
  Fill(100, 0);
  for (const uint32_t step : {1, 2, 7}) {
    PartitionReader forward = Make(Direction::kForward);
    forward.Start(3);
    EXPECT_THAT(ReadOn(&forward, step), IsOkAndHolds(Range(3, end_)));
    for (const uint64_t low : {uint64_t{0}, uint64_t{5}, end_ / 2, end_ - 1, end_}) {
      PartitionReader backward = Make(Direction::kBackward);
      backward.Start(end_);
      backward.StopAt(low);
      EXPECT_THAT(ReadOn(&backward, step), IsOkAndHolds(Reversed(Range(low, end_)))) << low;
    }
  }
}

TEST_P(PartitionReaderTest, GoesOnWithWhatComesLater) {
  PartitionReader reader = Make(Direction::kForward);
  reader.Start(0);
  EXPECT_THAT(reader.Load(), IsOkAndHolds(false));
  uint64_t begin = 0;
  for (int round = 0; round < 20; ++round) {
    Fill(1 + round, 5);
    EXPECT_THAT(ReadOn(&reader), IsOkAndHolds(Range(begin, end_)));
    begin = end_;
  }
}

TEST_P(PartitionReaderTest, BeyondTheEndItWaitsForItsOffset) {
  Fill(10, 0);
  PartitionReader reader = Make(Direction::kForward);
  const uint64_t from = end_ + 5;
  reader.Start(from);
  EXPECT_THAT(reader.Load(), IsOkAndHolds(false));
  Fill(10, 0);
  EXPECT_THAT(ReadOn(&reader), IsOkAndHolds(Range(from, end_)));
}

TEST_P(PartitionReaderTest, KnowsWhatItHasWithoutTheStore) {
  Fill(300, 0);
  PartitionReader reader = Make(Direction::kForward);
  reader.Start(end_);
  EXPECT_EQ(reader.Ready(1), 0u);  // there is nothing, and that is known
  reader.Start(end_ - 5);
  const bool cached = GetParam() != 0;
  EXPECT_EQ(reader.Ready(3), cached ? std::optional<uint64_t>(3) : std::nullopt);
  EXPECT_EQ(reader.Ready(100), cached ? std::optional<uint64_t>(5) : std::nullopt);
  // What it has read into its window.
  reader.Start(0);
  ASSERT_THAT(reader.Load(), IsOkAndHolds(true));
  const uint32_t left = reader.left();
  EXPECT_EQ(reader.Ready(left), left);
  reader.Skip(left - 1);
  EXPECT_EQ(reader.Ready(1), 1u);
  // Whatever it says, Load agrees.
  while (reader.Load().value_or(false)) {
    const std::optional<uint64_t> ready = reader.Ready(7);
    EXPECT_TRUE(!ready || *ready == std::min<uint64_t>(7, end_ - reader.offset()));
    reader.Skip(std::min<uint32_t>(reader.left(), 7));
  }
  EXPECT_EQ(reader.Ready(7), 0u);
}

TEST_P(PartitionReaderTest, SurvivesAReopenBetweenItsCalls) {
  Fill(200, 2);
  PartitionReader forward = Make(Direction::kForward);
  forward.Start(0);
  PartitionReader backward = Make(Direction::kBackward);
  backward.Start(end_);
  for (int i = 0; i < 50; ++i) {
    for (PartitionReader* reader : {&forward, &backward}) {
      ASSERT_THAT(reader->Load(), IsOkAndHolds(true));
      reader->Skip(1);
    }
    if (i % 10 == 0) {
      ASSERT_OK(engine_.store().Reopen());
    }
  }
  EXPECT_THAT(ReadOn(&forward), IsOkAndHolds(Range(50, end_)));
  EXPECT_THAT(ReadOn(&backward), IsOkAndHolds(Reversed(Range(0, end_ - 50))));
}

INSTANTIATE_TEST_SUITE_P(TailCache, PartitionReaderTest,
                         ::testing::Values(0, 20'000, size_t{64} << 20),
                         [](const auto& param) { return "Bytes" + std::to_string(param.param); });

// ---- damage: written over what is there, with the writer's own means

class DamagedPartitionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 10; ++i) {
      ASSERT_OK(engine_.Append(stream_, std::string(i % 2 == 0 ? 10 : 2000, 'v')));
    }
    StoreIterator rows = engine_.store().Scan(Family::kDir, DirRange(stream_->partition_id(0)));
    for (rows.SeekToFirst(); rows.Valid(); rows.Next()) dir_.emplace_back(rows.key(), rows.value());
    ASSERT_EQ(dir_.size(), 10u);
  }
  void Overwrite(Family family, std::string key, std::string value) {
    Request request;
    request.rows.push_back({family, std::move(key), std::move(value)});
    ASSERT_OK(engine_.committer().Run(&request));
  }

  Engine engine_{{.tail_cache_bytes = 0}};
  std::shared_ptr<StreamState> stream_ = engine_.Stream("s");
  std::vector<std::pair<std::string, std::string>> dir_;
};

TEST_F(DamagedPartitionTest, AMissingRowOfTheDirectory) {
  // Row 4 becomes another of row 3: its offset is found nowhere.
  Overwrite(Family::kDir, dir_[4].first, dir_[3].second);
  PartitionReader reader(&engine_.store(), stream_, 0, Direction::kForward);
  reader.Start(0);
  EXPECT_THAT(reader.Load(), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("offset 4")));
}

TEST_F(DamagedPartitionTest, ADamagedInlineChunk) {
  std::string value = dir_[4].second;
  value.back() = '\xff';
  value.pop_back();
  Overwrite(Family::kDir, dir_[4].first, value);
  PartitionReader reader(&engine_.store(), stream_, 0, Direction::kForward);
  reader.Start(0);
  EXPECT_THAT(reader.Load(), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("offset 4")));
}

TEST_F(DamagedPartitionTest, AReferenceThatLeadsNowhere) {
  LogReference reference;
  ASSERT_OK(DecodeLogReference(dir_[5].second, 0, &reference));
  Overwrite(Family::kLog, std::string(EncodeLogKey(reference.location).view()), "\x02");
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    PartitionReader reader(&engine_.store(), stream_, 0, direction);
    reader.Start(direction == Direction::kForward ? 5 : 6);
    EXPECT_THAT(reader.Load(), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("offset 5")));
    EXPECT_THAT(reader.Load(), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("offset 5")));
  }
}

TEST_F(DamagedPartitionTest, AReferenceToAnotherChunk) {
  LogReference five, seven;
  ASSERT_OK(DecodeLogReference(dir_[5].second, 0, &five));
  ASSERT_OK(DecodeLogReference(dir_[7].second, 0, &seven));
  ASSERT_OK_AND_ASSIGN(const auto bytes,
                       engine_.store().Get(Family::kLog, EncodeLogKey(seven.location).view()));
  Overwrite(Family::kLog, std::string(EncodeLogKey(five.location).view()), *bytes);
  PartitionReader reader(&engine_.store(), stream_, 0, Direction::kForward);
  reader.Start(5);
  EXPECT_THAT(reader.Load(),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("holds something else")));
}

// References in an order that no commit wrote.
TEST_F(DamagedPartitionTest, ReferencesThatGoBackwards) {
  LogReference three, seven;
  ASSERT_OK(DecodeLogReference(dir_[3].second, 0, &three));
  ASSERT_OK(DecodeLogReference(dir_[7].second, 0, &seven));
  EntryId id3, id7;
  PartitionId partition;
  ASSERT_OK(DecodeDirKey(dir_[3].first, &partition, &id3));
  ASSERT_OK(DecodeDirKey(dir_[7].first, &partition, &id7));
  std::string row3, row7;
  EncodeLogReference(MakeHeader(partition, 3, {{id3, 1}}), seven.location, 2000, &row3);
  EncodeLogReference(MakeHeader(partition, 7, {{id7, 1}}), three.location, 2000, &row7);
  Overwrite(Family::kDir, dir_[3].first, row3);
  Overwrite(Family::kDir, dir_[7].first, row7);
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    PartitionReader reader(&engine_.store(), stream_, 0, direction);
    reader.Start(direction == Direction::kForward ? 0 : 10);
    EXPECT_THAT(reader.Load(), StatusIs(absl::StatusCode::kDataLoss));
  }
}

}  // namespace
}  // namespace evlog
