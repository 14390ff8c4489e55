#include "log/row_finder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "rocksdb/perf_context.h"
#include "rocksdb/perf_level.h"
#include "tests/log/chunks.h"
#include "tests/support/rng.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

constexpr uint64_t kMax = UINT64_MAX;

// Rows of `dir`, put there by hand: what each holds is known, and compared with.
class RowFinderTest : public ::testing::Test {
 protected:
  struct Known {
    std::vector<EntryId> ids;
    uint64_t base_offset;
  };

  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(store_, Store::Open(temp_.Path("log"), {}, {}));
    store_->Attach(&batch_);
    batch_.Begin({MarkKind::kCommit, 2, 0});
  }

  // A row of the ids, inline or referred to.
  void Put(std::vector<EntryId> ids, bool is_inline = true) {
    const ChunkRef chunk =
        MakeChunk(MakeHeader(partition_, next_, RunsOf(ids)), {EncodedEntry({{"a", "b"}})});
    const DirKey key = EncodeDirKey(partition_, ids.front());
    if (is_inline) {
      batch_.Put(Family::kDir, key.view(), chunk->bytes());
    } else {
      const LogLocation location{2, slot_++};
      std::string row;
      EncodeLogReference(chunk->header(), location, chunk->bytes().size(), &row);
      batch_.Put(Family::kDir, key.view(), row);
      batch_.Put(Family::kLog, EncodeLogKey(location).view(), chunk->bytes());
    }
    known_.push_back({std::move(ids), next_});
    next_ = chunk->header().next_offset();
  }
  void Write() {
    ASSERT_OK(store_->Write(batch_));
    batch_.Begin({MarkKind::kCommit, 3, 0});
  }

  StoreIterator Rows() { return store_->Scan(Family::kDir, DirRange(partition_)); }
  absl::StatusOr<bool> Seek(uint64_t offset) {
    StoreIterator rows = Rows();
    return SeekToOffset(&rows, partition_, offset);
  }

  // Every row is found by the first, last and a middle offset of it; returns the most seeks it
  // took.
  uint64_t FindAll(size_t every = 1) {
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableCount);
    uint64_t most = 0;
    StoreIterator rows = Rows();
    for (size_t i = 0; i < known_.size(); i += every) {
      const Known& known = known_[i];
      const size_t count = known.ids.size();
      for (const size_t in : {size_t{0}, count / 2, count - 1}) {
        rocksdb::get_perf_context()->Reset();
        const absl::StatusOr<bool> found = SeekToOffset(&rows, partition_, known.base_offset + in);
        most = std::max<uint64_t>(most, rocksdb::get_perf_context()->seek_on_memtable_count);
        EXPECT_THAT(found, IsOkAndHolds(true)) << "row " << i;
        if (!found.ok() || !*found) return most;
        EXPECT_EQ(rows.key(), EncodeDirKey(partition_, known.ids.front()).view()) << "row " << i;
      }
    }
    EXPECT_THAT(SeekToOffset(&rows, partition_, next_), IsOkAndHolds(false));
    EXPECT_THAT(SeekToOffset(&rows, partition_, kMax), IsOkAndHolds(false));
    return most;
  }

  // FindOffset against counting.
  void CheckOffsetOf(EntryId id) {
    uint64_t wanted = known_.empty() ? 0 : known_.front().base_offset;
    for (const Known& known : known_) {
      for (const EntryId& entry : known.ids) wanted += entry < id;
    }
    EXPECT_THAT(FindOffset(*store_, partition_, id), IsOkAndHolds(wanted)) << id.ToString();
  }

  const TempDir temp_;
  const PartitionId partition_{StreamId(7), 0};
  std::unique_ptr<Store> store_;
  StoreBatch batch_;
  std::vector<Known> known_;
  uint64_t next_ = 0;
  uint32_t slot_ = 0;
};

TEST_F(RowFinderTest, AnEmptyPartition) {
  Write();
  EXPECT_THAT(Seek(0), IsOkAndHolds(false));
  EXPECT_THAT(FindOffset(*store_, partition_, {5, 5}), IsOkAndHolds(0u));
  ASSERT_OK_AND_ASSIGN(const PartitionState state, FindPartition(*store_, partition_));
  const PartitionTail& tail = state.tail;
  EXPECT_EQ(tail.next_offset, 0u);
  EXPECT_EQ(tail.last_id, EntryId::Min());
}

TEST_F(RowFinderTest, NeighboursAreNotMistaken) {
  for (const PartitionId other :
       {PartitionId{StreamId(6), 0}, PartitionId{StreamId(7), 1}, PartitionId{StreamId(8), 0}}) {
    const ChunkRef chunk =
        MakeChunk(MakeHeader(other, 0, {{{1, 1}, 9}}), {EncodedEntry({{"a", "b"}})});
    batch_.Put(Family::kDir, EncodeDirKey(other, {1, 1}).view(), chunk->bytes());
  }
  Put({{5, 0}});
  Write();
  FindAll();
  ASSERT_OK_AND_ASSIGN(const PartitionState state, FindPartition(*store_, partition_));
  const PartitionTail& tail = state.tail;
  EXPECT_EQ(tail.next_offset, 1u);
  EXPECT_EQ(tail.last_id, (EntryId{5, 0}));
  for (const EntryId id : {EntryId{0, 0}, EntryId{5, 0}, EntryId{5, 1}, EntryId::Max()}) {
    CheckOffsetOf(id);
  }
}

TEST_F(RowFinderTest, APartitionWhoseStartIsGone) {
  next_ = 1000;  // as after a trim
  for (uint64_t i = 1; i < 100; ++i) Put({{i, 0}, {i, 1}, {i, 7}});
  Write();
  FindAll();
  EXPECT_THAT(Seek(999), IsOkAndHolds(false));
  EXPECT_THAT(Seek(0), IsOkAndHolds(false));
  CheckOffsetOf({0, 5});
}

TEST_F(RowFinderTest, OffsetsOfIdsInRowsOfEveryKind) {
  Put({{1, 1}, {1, 2}, {1, 3}});
  Put({{2, 0}, {2, 5}, {2, 10}}, false);
  std::vector<EntryId> irregular;
  for (uint64_t i = 1; i < 200; ++i) irregular.push_back({3 + i / 7, i * i});
  Put(irregular, false);  // a reference that leaves its runs out
  Put({{50, kMax - 1}, {50, kMax}}, false);
  Put({{kMax, 0}, {kMax, kMax}});
  Write();
  {
    StoreIterator rows = Rows();
    rows.Seek(EncodeDirKey(partition_, irregular.front()).view());
    LogReference reference;
    ASSERT_OK(DecodeLogReference(rows.value(), 0, &reference));
    ASSERT_TRUE(reference.ids.empty());
  }
  for (const Known& known : std::vector<Known>(known_)) {
    for (const EntryId& id : known.ids) {
      for (const EntryId& probe :
           {id, id.Predecessor(), id.Successor(), EntryId{id.ms, 0}, EntryId{id.ms, kMax}}) {
        CheckOffsetOf(probe);
      }
    }
  }
  CheckOffsetOf(EntryId::Min());
  CheckOffsetOf(EntryId::Max());
  ASSERT_OK_AND_ASSIGN(const PartitionState state, FindPartition(*store_, partition_));
  const PartitionTail& tail = state.tail;
  EXPECT_EQ(tail.next_offset, next_);
  EXPECT_EQ(tail.last_id, EntryId::Max());
}

struct Shape {
  const char* name;
  size_t rows;
  std::function<EntryId(uint64_t)> first;  // id of row i's first entry; it may be followed by a few
  uint64_t seeks_max;
};

void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name; }

class RowFinderShapes : public RowFinderTest, public ::testing::WithParamInterface<Shape> {};

// The bounds are about twice what was measured.
TEST_P(RowFinderShapes, EveryOffsetIsFoundWithFewSeeks) {
  const Shape& shape = GetParam();
  Rng rng(TestSeed(8));
  for (size_t i = 0; i < shape.rows; ++i) {
    const EntryId first = shape.first(i);
    const EntryId next = i + 1 == shape.rows ? EntryId::Max() : shape.first(i + 1);
    ASSERT_TRUE(first < next || i + 1 == shape.rows);
    std::vector<EntryId> ids = {first};
    for (EntryId id = first.Successor(); id < next && ids.size() < 1 + rng.Below(4);
         id = id.Successor()) {
      ids.push_back(id);
    }
    Put(std::move(ids), i % 2 == 0);
  }
  Write();
  const uint64_t most = FindAll(1 + shape.rows / 500);
  EXPECT_LE(most, shape.seeks_max);
  RecordProperty("most_seeks", std::to_string(most));
  for (int i = 0; i < 200; ++i) {
    const EntryId id = shape.first(rng.Below(shape.rows));
    CheckOffsetOf(rng.Percent(50) ? id : id.Successor());
  }
}

// Random, but rising: row i lies somewhere in the i-th part of all ids.
EntryId Scattered(uint64_t i, uint64_t rows) {
  const uint64_t part = kMax / rows;
  return {i * part + Rng(i).Below(part), Rng(i + 1).Next()};
}

INSTANTIATE_TEST_SUITE_P(
    Ids, RowFinderShapes,
    ::testing::Values(
        Shape{"one", 1,
              [](uint64_t) {
                return EntryId{5, 5};
              },
              3},
        Shape{"two", 2,
              [](uint64_t i) {
                return EntryId{5, 5 + 1000 * i};
              },
              6},
        Shape{"clock", 5000,
              [](uint64_t i) {
                return EntryId{1'700'000'000'000 + i * 13, 0};
              },
              20},
        Shape{"bursts", 5000,
              [](uint64_t i) {
                return EntryId{1'700'000'000'000 + i / 100 * 60'000, i % 100 * 10};
              },
              20},
        Shape{"all in one ms", 5000,
              [](uint64_t i) {
                return EntryId{7, i * 16};
              },
              20},
        Shape{"scattered", 2000, [](uint64_t i) { return Scattered(i, 2000); }, 20},
        Shape{"doubling ms", 64,
              [](uint64_t i) {
                return EntryId{uint64_t{1} << i, 0};
              },
              80},
        Shape{"doubling seq", 64,
              [](uint64_t i) {
                return EntryId{9, uint64_t{1} << i};
              },
              80},
        Shape{"doubling over both", 127,
              [](uint64_t i) {
                return i < 64 ? EntryId{0, uint64_t{1} << i} : EntryId{uint64_t{1} << (i - 63), 0};
              },
              150},
        Shape{"packed at the start", 3000,
              [](uint64_t i) {
                return i < 2999 ? EntryId{0, i * 4 + 1} : EntryId{kMax, kMax};
              },
              30},
        Shape{"packed at the end", 3000,
              [](uint64_t i) {
                return i == 0 ? EntryId{0, 1} : EntryId{kMax, kMax - 20'000 + i * 4};
              },
              30},
        Shape{"packed in the middle", 3000,
              [](uint64_t i) {
                return i == 0      ? EntryId{0, 1}
                       : i == 2999 ? EntryId{kMax, kMax}
                                   : EntryId{uint64_t{1} << 63, i * 4};
              },
              30}),
    [](const auto& param) {
      std::string name = param.param.name;
      std::replace(name.begin(), name.end(), ' ', '_');
      return name;
    });

TEST_F(RowFinderTest, DamagedRowsAreDataLoss) {
  Put({{1, 1}});
  Put({{2, 1}});
  Put({{3, 1}});
  batch_.Put(Family::kDir, EncodeDirKey(partition_, {2, 1}).view(), "\x01garbage");
  Write();
  EXPECT_THAT(Seek(1), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(FindOffset(*store_, partition_, {2, 5}), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(FindOffset(*store_, partition_, {3, 1}), IsOkAndHolds(2u));
}

TEST_F(RowFinderTest, AReferenceToNothingIsDataLoss) {
  std::vector<EntryId> ids;
  for (uint64_t i = 1; i < 100; ++i) ids.push_back({i * 100, i * i});
  std::string row;
  EncodeLogReference(MakeHeader(partition_, 0, RunsOf(ids)), {99, 3}, 5000, &row);
  batch_.Put(Family::kDir, EncodeDirKey(partition_, ids.front()).view(), row);
  Write();
  EXPECT_THAT(FindOffset(*store_, partition_, {500, 0}),
              StatusIs(absl::StatusCode::kDataLoss, ::testing::HasSubstr("commit 99 slot 3")));
  // Beyond the last id the reference itself is enough.
  EXPECT_THAT(FindOffset(*store_, partition_, {kMax, 0}), IsOkAndHolds(99u));
}

// Offsets that no row holds: found to be so, in as few seeks.
TEST_F(RowFinderTest, AHoleInTheOffsets) {
  for (uint64_t i = 1; i < 50; ++i) Put({{i, 0}});
  next_ += 100;
  for (uint64_t i = 100; i < 150; ++i) Put({{i << 40, 0}});
  Write();
  StoreIterator rows = Rows();
  for (const uint64_t offset : {49, 50, 100, 148}) {
    EXPECT_THAT(SeekToOffset(&rows, partition_, offset), IsOkAndHolds(false)) << offset;
  }
  EXPECT_THAT(SeekToOffset(&rows, partition_, 48), IsOkAndHolds(true));
  EXPECT_THAT(SeekToOffset(&rows, partition_, 149), IsOkAndHolds(true));
}

}  // namespace
}  // namespace evlog
