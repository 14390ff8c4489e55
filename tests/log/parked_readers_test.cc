#include "log/parked_readers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "log/stream_reader.h"
#include "tests/log/engine.h"

namespace evlog {
namespace {

class ParkedReadersTest : public ::testing::Test {
 protected:
  void Fill(int entries, size_t bytes = 10) {
    for (int i = 0; i < entries; ++i) {
      ASSERT_OK(engine_.Append(stream_, std::string(bytes, 'v')));
    }
    ASSERT_OK_AND_ASSIGN(all_, engine_.ReadAll(stream_));
  }
  PartitionReader At(uint64_t offset) {
    PartitionReader reader(&engine_.store(), stream_, 0, Direction::kForward);
    reader.Start(offset);
    return reader;
  }
  // One that has read a window.
  PartitionReader Loaded(uint64_t offset) {
    PartitionReader reader = At(offset);
    EXPECT_THAT(reader.Load(), IsOkAndHolds(true));
    return reader;
  }
  // The ids that a cursor gives from `from` on.
  std::vector<EntryId> Read(EntryId from, uint64_t limit) {
    ReaderContext context;
    context.store = &engine_.store();
    context.clock = &engine_.clock();
    context.parked = &parked_;
    auto reader = StreamReader::Make(context, stream_, {.from = Bound::Id(from), .limit = limit});
    EXPECT_OK(reader);
    std::vector<EntryId> ids;
    ChunkView view;
    for (;;) {
      const absl::StatusOr<bool> more = (*reader)->Next(&view, absl::InfinitePast(), {});
      EXPECT_OK(more);
      if (!more.ok() || !*more) return ids;
      for (uint32_t i = 0; i < view.size(); ++i) {
        ids.push_back(view.chunk()->IdAt(view.first() + i));
      }
    }
  }

  Engine engine_{{.tail_cache_bytes = 0}};
  std::shared_ptr<StreamState> stream_ = engine_.Stream("s");
  std::vector<OwnedEntry> all_;
  ParkedReaders parked_;
};

TEST_F(ParkedReadersTest, GivesEachToTheOneWhoGoesOnThere) {
  Fill(10);
  parked_.Park(all_[4].id, At(4), 0);
  parked_.Park(all_[7].id, At(7), 0);
  EXPECT_EQ(parked_.Take(*stream_, 0, all_[5].id), std::nullopt);
  EXPECT_EQ(parked_.Take(*engine_.Stream("other"), 0, all_[4].id), std::nullopt);
  const auto seventh = parked_.Take(*stream_, 0, all_[7].id);
  ASSERT_TRUE(seventh.has_value());
  EXPECT_EQ(seventh->offset(), 7u);
  EXPECT_EQ(parked_.Take(*stream_, 0, all_[7].id), std::nullopt) << "somebody has it";
  EXPECT_EQ(parked_.size(), 1u);
}

TEST_F(ParkedReadersTest, BoundedInNumberAndBytesTheOldestGoesFirst) {
  Fill(80, size_t{400} << 10);
  for (size_t i = 0; i <= ParkedReaders::kReadersMax; ++i) parked_.Park(all_[i].id, At(i), 0);
  EXPECT_EQ(parked_.size(), ParkedReaders::kReadersMax);
  EXPECT_EQ(parked_.Take(*stream_, 0, all_[0].id), std::nullopt);
  parked_.Clear();
  size_t bytes = 0;
  for (size_t i = 0; i < 60; ++i) {
    PartitionReader reader = Loaded(i);
    bytes += reader.window_memory();
    parked_.Park(all_[i].id, std::move(reader), parked_.generation());
  }
  ASSERT_GT(bytes, ParkedReaders::kBytesMax);
  EXPECT_LT(parked_.size(), 60u);
  EXPECT_GT(parked_.size(), 10u);
  EXPECT_EQ(parked_.Take(*stream_, 0, all_[0].id), std::nullopt);
  EXPECT_TRUE(parked_.Take(*stream_, 0, all_[59].id).has_value());
}

TEST_F(ParkedReadersTest, NoneOfBeforeAReopening) {
  Fill(10);
  const uint64_t before = parked_.generation();
  parked_.Park(all_[4].id, At(4), before);
  parked_.Clear();
  EXPECT_EQ(parked_.size(), 0u);
  parked_.Park(all_[5].id, At(5), before);
  EXPECT_EQ(parked_.size(), 0u);
}

TEST_F(ParkedReadersTest, NotWhatATrimHasTaken) {
  Fill(10);
  parked_.Park(all_[4].id, At(4), 0);
  PartitionHead head = stream_->Head(0);
  head.first_offset = 6;
  stream_->PublishHead(0, head);
  EXPECT_EQ(parked_.Take(*stream_, 0, all_[4].id), std::nullopt);
}

TEST_F(ParkedReadersTest, ACursorParksWhereItStopsAndTheNextGoesOn) {
  Fill(30);
  EntryId from = all_[3].id;
  for (size_t i = 3; i + 5 < all_.size(); i += 5) {
    EXPECT_THAT(Read(from, 5), ::testing::ElementsAre(all_[i].id, all_[i + 1].id, all_[i + 2].id,
                                                      all_[i + 3].id, all_[i + 4].id));
    EXPECT_EQ(parked_.size(), 1u) << i;
    from = all_[i + 4].id.Successor();
  }
  EXPECT_THAT(Read(from, 5), ::testing::SizeIs(2));
  EXPECT_EQ(parked_.size(), 0u) << "the end is found without it";
}

}  // namespace
}  // namespace evlog
