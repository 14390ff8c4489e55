// The file in which a replay keeps how far it has come.
#include "cli/checkpoint.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "tests/support/files.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;

TEST(CheckpointTest, ComesBackAsItWasWritten) {
  TempDir directory;
  const std::string path = directory.path() + "/checkpoint";
  ASSERT_OK_AND_ASSIGN(std::optional<Checkpoint> none, ReadCheckpoint(path));
  EXPECT_FALSE(none.has_value());
  for (const EntryId last : {EntryId{0, 0}, EntryId{UINT64_MAX, 7}}) {
    EXPECT_OK(WriteCheckpoint(path, {"k\"ey", "stream 1", "command", {last, 12}}));
    ASSERT_OK_AND_ASSIGN(const std::optional<Checkpoint> read, ReadCheckpoint(path));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->key, "k\"ey");
    EXPECT_EQ(read->from, "stream 1");
    EXPECT_EQ(read->to, "command");
    EXPECT_EQ(read->progress.last, last);
    EXPECT_EQ(read->progress.entries, 12u);
  }
  EXPECT_NE(access((path + ".tmp").c_str(), F_OK), 0);
}

TEST(CheckpointTest, OfAPatternItHoldsAPosition) {
  Progress progress;
  progress.Advance({7, 1}, {0x1234567890123456, 12, 3});
  progress.Advance({5, 1}, {0x1234567890123456, 12, 4});
  ASSERT_OK_AND_ASSIGN(const Progress parsed, Progress::Parse(progress.ToString()));
  EXPECT_EQ(parsed.entries, 2u);
  EXPECT_EQ(parsed.position, (Position{0x1234567890123456, 12, 4}));
  EXPECT_EQ(parsed.last, EntryId::Min());
  EXPECT_TRUE(parsed.Beyond({}));
  EXPECT_FALSE(parsed.Beyond(parsed));
  Progress one;
  one.Advance({7, 1}, {});
  EXPECT_EQ(one.ToString(), "7-1 1");
  EXPECT_TRUE(one.Beyond({}));
  for (const char* text : {"@ 1", "@7-1 1", "@1234567890123456-12", "1234567890123456-12-0.4 1"}) {
    EXPECT_FALSE(Progress::Parse(text).ok()) << text;
  }
}

TEST(CheckpointTest, WhatIsNoneIsDamage) {
  TempDir directory;
  const std::string path = directory.path() + "/checkpoint";
  for (const char* text : {"", "{", "{}", "nonsense", R"({"evlog_replay":2,"key":"k"})",
                           R"({"evlog_replay":1})", R"({"evlog_replay":1,"key":"k","done":"5-1"})",
                           R"({"evlog_replay":1,"key":"k","done":"5 1"})"}) {
    WriteFile(path, text);
    EXPECT_THAT(ReadCheckpoint(path).status(),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr(path)))
        << text;
  }
}

TEST(CheckpointTest, AFailedWriteLeavesTheOldOne) {
  TempDir directory;
  const std::string path = directory.path() + "/checkpoint";
  EXPECT_OK(WriteCheckpoint(path, {"old", "", "", {}}));
  ASSERT_EQ(mkdir((path + ".tmp").c_str(), 0700), 0);
  EXPECT_THAT(WriteCheckpoint(path, {"new", "", "", {}}),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(path)));
  ASSERT_OK_AND_ASSIGN(const std::optional<Checkpoint> read, ReadCheckpoint(path));
  EXPECT_EQ(read->key, "old");
}

TEST(CheckpointTest, KeysDiffer) { EXPECT_NE(MakeCheckpointKey(), MakeCheckpointKey()); }

}  // namespace
}  // namespace evlog::cli
