// The file EVLOG, and what its log id proves.
#include "log/store/marker.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "log/store/store.h"
#include "tests/support/fault_fs.h"
#include "tests/support/files.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

const auto kDataLoss = absl::StatusCode::kDataLoss;

std::string FirstLine() { return fmt::format("evlog format {}\n", kFormatVersion); }

class MarkerTest : public ::testing::Test {
 protected:
  static rocksdb::FileSystem& machine() { return *rocksdb::FileSystem::Default(); }
  absl::StatusOr<std::optional<Marker>> Read() { return ReadMarker(machine(), temp_.path()); }

  const TempDir temp_;
};

TEST_F(MarkerTest, IsReadAsItWasWritten) {
  ASSERT_OK_AND_ASSIGN(std::optional<Marker> marker, Read());
  EXPECT_FALSE(marker.has_value());
  ASSERT_OK(WriteMarker(machine(), temp_.path(), {}));
  EXPECT_EQ(ReadFile(temp_.Path("EVLOG")), FirstLine());
  ASSERT_OK_AND_ASSIGN(marker, Read());
  EXPECT_EQ(marker->log_id, 0u);
  for (const uint64_t id : {uint64_t{1}, uint64_t{0xf1e2d3c4b5a697}, UINT64_MAX}) {
    ASSERT_OK(WriteMarker(machine(), temp_.path(), {id}));
    ASSERT_OK_AND_ASSIGN(marker, Read());
    EXPECT_EQ(marker->log_id, id);
  }
  ASSERT_OK(WriteMarker(machine(), temp_.path(), {0xf1e2d3c4b5a697}));
  EXPECT_EQ(ReadFile(temp_.Path("EVLOG")), FirstLine() + "log 00f1e2d3c4b5a697\n");
  EXPECT_FALSE(fs::exists(temp_.Path("EVLOG.new")));
  for (const uint64_t commit : {uint64_t{1}, uint64_t{4711}, uint64_t{1} << 62}) {
    ASSERT_OK(WriteMarker(machine(), temp_.path(), {7, commit}));
    ASSERT_OK_AND_ASSIGN(marker, Read());
    EXPECT_EQ(marker->log_id, 7u);
    EXPECT_EQ(marker->synced, commit);
  }
  ASSERT_OK(WriteMarker(machine(), temp_.path(), {7, 4711}));
  EXPECT_EQ(ReadFile(temp_.Path("EVLOG")), FirstLine() + "log 0000000000000007\nsynced 4711\n");
}

TEST_F(MarkerTest, NothingElseIsTakenForOne) {
  const std::string id = "log 00f1e2d3c4b5a697\n";
  for (const std::string& second :
       {std::string("\n"), std::string("log 0000000000000000\n"), id.substr(0, id.size() - 1),
        "x" + id, id + "\n", id + id, std::string("log 00F1E2D3C4B5A697\n"),
        std::string("log 00f1e2d3c4b5a69g\n"), std::string(300, 'x'), id + "synced 0\n",
        id + "synced 12", id + "synced 1x\n", id + "synced\n", id + "synced 12\n\n",
        id + "synced 12345678901234567890\n", std::string("synced 12\n")}) {
    WriteFile(temp_.Path("EVLOG"), FirstLine() + second);
    EXPECT_THAT(Read(), StatusIs(kDataLoss, HasSubstr("/EVLOG"))) << second;
  }
  // Another format may have anything there.
  WriteFile(temp_.Path("EVLOG"), "evlog format 777\nanything");
  EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("format 777")));
}

TEST_F(MarkerTest, AWriteThatFailsLeavesTheOldOne) {
  FaultFs faulty(temp_.Path("stash"));
  ASSERT_OK(WriteMarker(faulty, temp_.path(), {1}));
  for (const FileOp op : {FileOp::kOpen, FileOp::kAppend, FileOp::kSync, FileOp::kRename}) {
    faulty.Arm({.ops = {op}});
    EXPECT_FALSE(WriteMarker(faulty, temp_.path(), {2}).ok());
    faulty.Disarm();
    ASSERT_OK_AND_ASSIGN(const std::optional<Marker> marker, Read());
    EXPECT_EQ(marker->log_id, 1u);
  }
}

// A log, and the file in its directory that names it.
class LogIdTest : public ::testing::Test {
 protected:
  // The id of the log that opening `dir` finds or makes.
  static uint64_t Open(const std::string& dir, const StoreEnvironment& environment = {}) {
    const absl::StatusOr<std::unique_ptr<Store>> store = Store::Open(dir, {}, environment);
    EXPECT_OK(store);
    return store.ok() ? (*store)->log_id() : 0;
  }
  static absl::Status TryOpen(const std::string& dir, bool read_only, bool despite_loss = false) {
    StoreOptions options;
    options.read_only = read_only;
    options.despite_loss = despite_loss;
    return Store::Open(dir, options, {}).status();
  }
  static void RemoveWals(const std::string& dir) {
    for (const auto& file : fs::directory_iterator(dir + "/db")) {
      if (file.path().extension() == ".log") fs::remove(file.path());
    }
  }
  static std::vector<std::string> NamesIn(const std::string& dir) {
    std::vector<std::string> names;
    for (const auto& file : fs::directory_iterator(dir)) names.push_back(file.path());
    std::sort(names.begin(), names.end());
    return names;
  }
  static void ExpectLost(const std::string& dir, const std::string& text) {
    for (const bool read_only : {false, true}) {
      EXPECT_THAT(TryOpen(dir, read_only),
                  StatusIs(kDataLoss, AllOf(HasSubstr(dir), HasSubstr(text))));
    }
  }

  const TempDir temp_;
  const std::string dir_ = temp_.Path("log");
};

TEST_F(LogIdTest, IsTheSameForEver) {
  const uint64_t id = Open(dir_);
  EXPECT_NE(id, 0u);
  EXPECT_EQ(ReadFile(dir_ + "/EVLOG"), FirstLine() + fmt::format("log {:016x}\n", id));
  EXPECT_EQ(Open(dir_), id);
  EXPECT_NE(Open(temp_.Path("other")), id);
}

TEST_F(LogIdTest, WithoutItsOnlyWalALogIsNotANewOne) {
  Open(dir_);
  RemoveWals(dir_);
  const std::vector<std::string> names = NamesIn(dir_ + "/db");
  ExpectLost(dir_, "EVLOG names log");
  ASSERT_OK_AND_ASSIGN(const auto lost, Store::ExamineLog(dir_, {}));
  EXPECT_TRUE(lost.has_value());
  EXPECT_OK(TryOpen(dir_, true, true));  // to be verified
  EXPECT_EQ(NamesIn(dir_ + "/db"), names);
}

TEST_F(LogIdTest, WithoutTheBeginningOfItsWalALogIsNotANewOne) {
  Open(dir_);
  for (const auto& file : fs::directory_iterator(dir_ + "/db")) {
    if (file.path().extension() != ".log") continue;
    std::string bytes = ReadFile(file.path());
    for (const size_t size : {size_t{0}, size_t{1}, size_t{20}}) {
      WriteFile(file.path(), bytes.substr(0, size));
      ExpectLost(dir_, "EVLOG names log");
      EXPECT_EQ(ReadFile(file.path()).size(), size);
    }
    WriteFile(file.path(), bytes);
    break;
  }
  EXPECT_NE(Open(dir_), 0u);
}

TEST_F(LogIdTest, WithoutItsDatabaseALogIsNotANewOne) {
  Open(dir_);
  fs::remove_all(dir_ + "/db");
  ExpectLost(dir_, "EVLOG names log");
  fs::create_directory(dir_ + "/db");
  ExpectLost(dir_, "EVLOG names log");
}

TEST_F(LogIdTest, AnotherLogsDatabaseIsRefused) {
  const uint64_t id = Open(dir_);
  const uint64_t other = Open(temp_.Path("other"));
  fs::remove_all(dir_ + "/db");
  fs::copy(temp_.Path("other") + "/db", dir_ + "/db");
  ExpectLost(dir_, fmt::format("names log {:016x}, but the database holds log {:016x}", id, other));
}

// The database had its id, and the marker was about to get it.
TEST_F(LogIdTest, AMarkerWithoutItIsCompleted) {
  const uint64_t id = Open(dir_);
  WriteFile(dir_ + "/EVLOG", FirstLine());
  EXPECT_OK(TryOpen(dir_, true));
  EXPECT_EQ(ReadFile(dir_ + "/EVLOG"), FirstLine());  // readers write nothing
  EXPECT_EQ(Open(dir_), id);
  EXPECT_EQ(ReadFile(dir_ + "/EVLOG"), FirstLine() + fmt::format("log {:016x}\n", id));
}

// Each call of a first opening fails once; the next opening makes the log, or finishes it.
TEST_F(LogIdTest, AFirstOpeningThatFailsAnywhereIsFinishedByTheNext) {
  for (uint64_t nth = 1; nth < 1000; nth += 2) {
    SCOPED_TRACE(nth);
    const std::string dir = temp_.Path("log" + std::to_string(nth));
    const auto faulty = std::make_shared<FaultFs>(temp_.Path("stash" + std::to_string(nth)));
    faulty->Arm({.ops = {FileOp::kOpen, FileOp::kAppend, FileOp::kSync, FileOp::kRename,
                         FileOp::kSyncDirectory},
                 .nth = nth,
                 .for_ever = true});
    Store::Open(dir, {}, {faulty}).status().IgnoreError();
    if (faulty->failures() == 0) break;
    Rng rng(nth);
    faulty->CutPower();
    faulty->RestorePower({UnsyncedBytes::kDropped, UnsyncedNames::kDropped}, rng);
    faulty->Disarm();
    const uint64_t id = Open(dir, {faulty});
    EXPECT_EQ(ReadFile(dir + "/EVLOG"), FirstLine() + fmt::format("log {:016x}\n", id));
    EXPECT_EQ(Open(dir, {faulty}), id);
    fs::remove_all(dir);
    ASSERT_LT(nth, 999u);
  }
}

}  // namespace
}  // namespace evlog
