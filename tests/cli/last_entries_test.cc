#include "cli/last_entries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog::cli {
namespace {

class LastEntriesTest : public ::testing::Test {
 protected:
  LastEntriesTest() {
    OpenOptions options;
    options.maintenance_interval = absl::InfiniteDuration();
    absl::StatusOr<std::unique_ptr<EventLog>> log = Open(directory_.path() + "/log", options);
    EXPECT_OK(log);
    log_ = *std::move(log);
  }

  Stream Make(const std::string& name) {
    absl::StatusOr<Stream> stream = log_->OpenStream(name, {.durability = Durability::kOs});
    EXPECT_OK(stream);
    return *stream;
  }

  // What is read after the place before the last `count`.
  std::vector<std::string> Last(uint64_t count, const std::string& pattern = "a*") {
    const absl::StatusOr<Position> place = PositionBeforeLast(*log_, pattern, count, {});
    EXPECT_OK(place);
    ReadRequest request;
    request.pattern = pattern;
    request.after = *place;
    request.until = Bound::End();
    absl::StatusOr<Cursor> cursor = log_->Read(request);
    EXPECT_OK(cursor);
    std::vector<std::string> values;
    ChunkView view;
    for (;;) {
      const absl::StatusOr<bool> more = cursor->Next(&view);
      EXPECT_OK(more);
      if (!more.ok() || !*more) return values;
      for (const EntryView& entry : view) values.emplace_back((*entry.fields.begin()).value);
    }
  }

  TempDir directory_;
  std::unique_ptr<EventLog> log_;
};

TEST_F(LastEntriesTest, OfAnEmptyLogThereAreNone) {
  EXPECT_TRUE(Last(10).empty());
  Stream other = Make("b");
  EXPECT_OK(other.Append({{"v", "x"}}).status());
  EXPECT_TRUE(Last(10).empty());
}

// So many commits that it has to look three times.
TEST_F(LastEntriesTest, AreFoundHoweverFarBackTheyLie) {
  Stream one = Make("a1"), two = Make("a2"), other = Make("b");
  std::vector<std::string> all;
  const auto add = [&all](Stream& stream, int entries) {
    Batch batch;
    for (int i = 0; i < entries; ++i) {
      all.push_back(std::to_string(all.size()));
      EXPECT_OK(batch.Add({{"v", all.back()}}));
    }
    EXPECT_OK(stream.Append(std::move(batch)).status());
  };
  const auto check = [&] {
    for (const size_t count : {1u, 2u, 3u, 9u, 10u, 11u, 27u, 1000u}) {
      const size_t there = std::min(count, all.size());
      EXPECT_EQ(Last(count),
                std::vector<std::string>(all.end() - static_cast<long>(there), all.end()))
          << count;
    }
  };
  for (int i = 0; i < 3; ++i) {
    add(one, 7);
    add(two, 1);
  }
  check();
  for (const int between : {1500, 9000}) {
    for (int i = 0; i < between; ++i) EXPECT_OK(other.Append({{"v", "x"}}).status());
    check();
    add(two, 2);
    check();
  }
}

TEST_F(LastEntriesTest, StopsWhenAsked) {
  Stream stream = Make("a");
  EXPECT_OK(stream.Append({{"v", "x"}}).status());
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(PositionBeforeLast(*log_, "b*", 1, stop.get_token()).status(),
              StatusIs(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace evlog::cli
