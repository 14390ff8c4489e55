// Reading in portions, a cursor for each: from wherever it goes on, it gives what a reader of the
// whole stream gives, whatever was appended, deleted and trimmed in between.
#include <algorithm>
#include <string>
#include <vector>

#include "tests/contract/contract_test.h"
#include "tests/support/rng.h"

namespace evlog {
namespace {

EVLOG_CONTRACT_SUITE(PortionsTest);

std::vector<EntryId> Above(const std::vector<OwnedEntry>& all, EntryId id, size_t count) {
  std::vector<EntryId> ids;
  for (const OwnedEntry& entry : all) {
    if (entry.id > id && ids.size() < count) ids.push_back(entry.id);
  }
  return ids;
}

class Portions {
 public:
  Portions(EventLog* log, ManualClock* clock, Stream stream)
      : log_(log), clock_(clock), stream_(std::move(stream)), after_(3) {}

  void Append() {
    Batch batch;
    for (uint64_t i = rng_.Below(40); i > 0; --i) {
      ASSERT_OK(batch.Add({{"v", std::string(rng_.Skewed(11), 'v')}}));
    }
    if (batch.size() == 0) return;
    ASSERT_OK(stream_.Append(std::move(batch)));
    clock_->Advance(absl::Milliseconds(static_cast<int64_t>(rng_.Below(3))));
  }
  // An entry anywhere, or the one that comes next for somebody.
  void Delete(const std::vector<OwnedEntry>& all) {
    if (all.empty()) return;
    EntryId id = all[rng_.Below(all.size())].id;
    if (rng_.Percent(50)) {
      const std::vector<EntryId> next = Above(all, after_[rng_.Below(after_.size())], 1);
      if (!next.empty()) id = next[0];
    }
    ASSERT_OK(stream_.Delete(std::vector<EntryId>{id}));
  }
  void Trim(const std::vector<OwnedEntry>& all) {
    ASSERT_OK(stream_.Trim({.keep = {.max_entries = all.size() - all.size() / 10, .exact = true}}));
  }
  void ReadOn(const std::vector<OwnedEntry>& all) {
    EntryId& after = after_[rng_.Below(after_.size())];
    const uint64_t count = 1 + rng_.Skewed(7);
    ReadRequest request{.stream = "s", .from = Bound::ExclusiveId(after), .limit = count};
    if (rng_.Percent(30)) request.from = Bound::Id(after.Successor());
    if (rng_.Percent(30)) request.until = Bound::End();
    const auto read = ReadAll(*log_, request);
    ASSERT_OK(read);
    ASSERT_EQ(IdsOf(*read), Above(all, after, count)) << "after " << after.ToString();
    if (!read->empty()) after = read->back().id;
    if (read->size() < count && rng_.Percent(50)) after = EntryId::Min();  // once more
  }
  Rng& rng() { return rng_; }

 private:
  EventLog* const log_;
  ManualClock* const clock_;
  Stream stream_;
  std::vector<EntryId> after_;  // how far each of several has read
  Rng rng_{TestSeed(21)};
};

TEST_P(PortionsTest, AgreeWithReadingTheWholeStream) {
  for (const uint32_t partitions : {1u, 3u}) {
    if (partitions > 1) {
      ASSERT_OK(log().DropStream("s"));
    }
    Portions portions(&log(), &clock_, Create("s", {.partitions = partitions}));
    for (int step = 0; step < 600; ++step) {
      SCOPED_TRACE(step);
      // From the beginning, which no reader goes on from.
      const std::vector<OwnedEntry> all = Read("s");
      const uint64_t what = portions.rng().Below(100);
      if (what < 12) {
        portions.Append();
      } else if (what < 20) {
        portions.Delete(all);
      } else if (what < 23) {
        portions.Trim(all);
      } else {
        portions.ReadOn(all);
      }
      if (HasFatalFailure()) return;
    }
  }
}

// As a stream of that name came after it, or the same one under another name.
TEST_P(PortionsTest, OfAStreamThatWasDroppedOrRenamed) {
  Stream stream = Create("s");
  for (int i = 0; i < 10; ++i) Add(stream, "old");
  const EntryId fourth = Read({.stream = "s", .limit = 4}).back().id;
  ASSERT_OK(log().RenameStream("s", "t"));
  Stream fresh = Create("s");
  ASSERT_OK(fresh.Append({{"v", "new"}}, {.id = fourth.Successor()}));
  const ReadRequest on{.stream = "s", .from = Bound::ExclusiveId(fourth), .limit = 4};
  EXPECT_THAT(ValuesOf(Read(on)), ::testing::ElementsAre("new"));
  EXPECT_THAT(Read({.stream = "t", .from = on.from, .limit = 4}), ::testing::SizeIs(4));
  ASSERT_OK(log().DropStream("t"));
  EXPECT_THAT(ReadAll(log(), {.stream = "t", .from = on.from, .limit = 4}),
              StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace evlog
