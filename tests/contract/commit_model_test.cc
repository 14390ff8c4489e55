// Random appends, trims, deletions, drops, renames and restarts: readers in commit order that begin
// anywhere hand out what is left of what came after.
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "tests/contract/contract_test.h"
#include "tests/support/rng.h"

namespace evlog {
namespace {

using ::testing::ElementsAreArray;

class CommitModelTest : public ContractTest {
 protected:
  struct Line {
    uint64_t stream;
    std::string value;
    EntryId id;
    bool gone = false;
    Position position;
  };

  void Step() {
    const uint64_t dice = rng_.Below(100);
    if (names_.empty() || dice < 5) return CreateOne();
    const auto it = std::next(names_.begin(), static_cast<long>(rng_.Below(names_.size())));
    if (dice < 80) {
      Append(it->first);
    } else if (dice < 85) {
      DeleteOne(it->first);
    } else if (dice < 90) {
      Trim(it->first);
    } else if (dice < 92) {
      ASSERT_OK(log().DropStream(it->second));
      for (Line& line : lines_) line.gone |= line.stream == it->first;
      names_.erase(it);
    } else if (dice < 96) {
      const std::string name = "r" + std::to_string(rng_.Next());
      ASSERT_OK(log().RenameStream(it->second, name));
      it->second = name;
    } else if (dice < 98) {
      Restart();
    } else {
      clock_.Advance(absl::Milliseconds(rng_.Below(5)));
    }
  }

  // All of it, and from after some commit.
  void Compare() {
    EXPECT_THAT(ReadOn({}), ElementsAreArray(Expected(0)));
    const size_t from = rng_.Below(lines_.size() + 1);
    if (from == 0) return;
    const Position position = lines_[from - 1].position;
    size_t after = from;
    while (after < lines_.size() && lines_[after].position == position) ++after;
    EXPECT_THAT(ReadOn(position), ElementsAreArray(Expected(after)));
  }

  Rng rng_{TestSeed(7)};

 private:
  Stream OpenOne(uint64_t number) {
    absl::StatusOr<Stream> stream = log().OpenStream(names_[number]);
    EXPECT_OK(stream);
    return stream.value();
  }

  void CreateOne() {
    const std::string name = "n" + std::to_string(next_stream_);
    Create(name, {.partitions = static_cast<uint32_t>(1 + rng_.Below(3)),
                  .durability = rng_.Percent(50) ? Durability::kOs : Durability::kSync});
    names_[next_stream_++] = name;
  }

  void Append(uint64_t number) {
    Batch batch;
    const uint64_t count = 1 + rng_.Skewed(4);
    for (uint64_t i = 0; i < count; ++i) {
      ASSERT_OK(batch.Add(
          {{"v", std::to_string(lines_.size() + i)}, {"more", std::string(rng_.Skewed(11), '.')}}));
    }
    Stream stream = OpenOne(number);
    ASSERT_OK_AND_ASSIGN(const AppendResult result, stream.Append(std::move(batch)));
    const std::vector<OwnedEntry> tail =
        Read({.stream = names_[number], .from = Bound::Id(result.first_id)});
    ASSERT_EQ(tail.size(), count);
    for (const OwnedEntry& entry : tail) {
      lines_.push_back({number, std::string(entry.value("v")), entry.id, false, result.position});
    }
  }

  void DeleteOne(uint64_t number) {
    std::vector<Line*> mine;
    for (Line& line : lines_) {
      if (line.stream == number && !line.gone) mine.push_back(&line);
    }
    if (mine.empty()) return;
    Line& line = *mine[rng_.Below(mine.size())];
    ASSERT_OK(OpenOne(number).Delete(std::vector<EntryId>{line.id}));
    line.gone = true;
  }

  void Trim(uint64_t number) {
    if (lines_.empty()) return;
    const EntryId id = lines_[rng_.Below(lines_.size())].id;
    ASSERT_OK(OpenOne(number).Trim({.keep = {.min_id = id, .exact = true}}));
    for (Line& line : lines_) line.gone |= line.stream == number && line.id < id;
  }

  std::vector<std::string> Expected(size_t from) {
    std::vector<std::string> found;
    for (size_t i = from; i < lines_.size(); ++i) {
      if (!lines_[i].gone) found.push_back(names_[lines_[i].stream] + ":" + lines_[i].value);
    }
    return found;
  }

  std::vector<std::string> ReadOn(const Position& after) {
    std::vector<std::string> found;
    Cursor cursor = StartReading({.pattern = "*", .after = after});
    ChunkView view;
    for (;;) {
      const absl::StatusOr<bool> more = cursor.Next(&view);
      EXPECT_OK(more);
      if (!more.ok() || !*more) return found;
      for (const EntryView& entry : view) {
        found.push_back(cursor.stream() + ":" + std::string(Own(entry).value("v")));
      }
    }
  }

  std::vector<Line> lines_;
  std::map<uint64_t, std::string> names_;  // of streams that are there
  uint64_t next_stream_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Logs, CommitModelTest, ::testing::ValuesIn(LogKinds()), NameOfKind);

TEST_P(CommitModelTest, AgreesWithAPlainList) {
  for (int step = 0; step < 400 && !HasFailure(); ++step) {
    SCOPED_TRACE(step);
    Step();
    if (rng_.Percent(20)) Compare();
  }
}

}  // namespace
}  // namespace evlog
