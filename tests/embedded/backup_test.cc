// Backups: what comes back is what was there, whatever the owner did meanwhile.
#include "evlog/backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "evlog/event_log.h"
#include "evlog/verify.h"
#include "tests/support/files.h"
#include "tests/support/manual_clock.h"
#include "tests/support/owned_entry.h"
#include "tests/support/rng.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The value by itself: a range-based for does not keep the temporary that holds it.
template <typename T>
T Got(absl::StatusOr<T> value) {
  EXPECT_OK(value);
  return *std::move(value);
}

class BackupTest : public ::testing::Test {
 protected:
  BackupTest() : log_(OpenAt(directory())) {}

  std::string directory() const { return temp_.Path("log"); }
  std::string target() const { return temp_.Path("backups"); }

  std::unique_ptr<EventLog> OpenAt(const std::string& directory) {
    OpenOptions options;
    options.clock = &clock_;
    options.maintenance_interval = absl::InfiniteDuration();
    options.memtable_bytes = size_t{64} << 10;  // so that there are tables
    absl::StatusOr<std::unique_ptr<EventLog>> log = Open(directory, options);
    EXPECT_OK(log);
    return log.ok() ? *std::move(log) : nullptr;
  }
  static void Add(EventLog& log, std::string_view stream, int from, int until) {
    ASSERT_OK_AND_ASSIGN(Stream opened, log.OpenStream(stream, {.durability = Durability::kOs}));
    Rng rng(static_cast<uint64_t>(from));
    std::string fill(1000, ' ');
    for (int i = from; i < until; ++i) {
      for (char& c : fill) c = static_cast<char>(rng.Below(256));  // not to be compressed
      ASSERT_OK(opened.Append({{"n", std::to_string(i)}, {"fill", fill}}));
    }
  }
  static std::vector<std::string> Numbers(EventLog& log, std::string_view stream) {
    absl::StatusOr<std::vector<OwnedEntry>> entries = ReadAll(log, {.stream = std::string(stream)});
    EXPECT_OK(entries);
    std::vector<std::string> numbers;
    for (const OwnedEntry& entry : *entries) numbers.emplace_back(entry.value("n"));
    return numbers;
  }
  // What a log restored from the backup holds of the stream.
  size_t Restored(std::string_view stream, uint64_t backup) {
    const std::string to = temp_.Path("restored" + std::to_string(++restored_));
    EXPECT_OK(RestoreBackup(target(), to, {.backup = backup}));
    const std::unique_ptr<EventLog> log = OpenAt(to);
    const std::vector<std::string> numbers = Numbers(*log, stream);
    for (size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(numbers[i], std::to_string(i));
    return numbers.size();
  }

  // All that a log holds, in words.
  static std::string Describe(EventLog& log) {
    std::string text;
    const LogInfo info = *log.Describe();
    text += fmt::format("log {:x} at {}\n", info.log_id, info.position.ToString());
    for (const int database : {0, 3}) {
      const std::unique_ptr<EventLog> part = *log.InDatabase(database);
      const std::vector<StreamInfo> streams = *part->ListStreams();
      for (const StreamInfo& stream : streams) DescribeStream(*part, stream.name, &text);
      for (const Route& route : Got(part->ListRoutes())) {
        text += fmt::format("route {} to {}\n", route.pattern, route.stream);
      }
      for (const ScheduledAppend& delayed : Got(part->ListScheduled())) {
        text += fmt::format("delayed {} until {}\n", delayed.stream,
                            absl::ToUnixMillis(delayed.ticket.due()));
      }
      for (const auto& [key, value] : Got(part->ListState("space")))
        text += key + "=" + value + "\n";
    }
    return text;
  }
  static void DescribeStream(EventLog& log, const std::string& name, std::string* text) {
    *text += "stream " + name + "\n";
    for (const OwnedEntry& entry : Got(ReadAll(log, {.stream = name}))) {
      *text += entry.id.ToString() + " " + std::string(entry.value("n")) + "\n";
    }
    for (const std::string& group_name : Got(log.ListGroups(name))) {
      Group group = *log.OpenGroup(name, group_name);
      const GroupDescription group_info = *group.Describe();
      *text += fmt::format("group {}: read {}, lag {}\n", group_name, group_info.entries_read,
                           group_info.lag);
      for (const PendingEntry& pending : Got(group.ListPending())) {
        *text += fmt::format("pending {} {} {} {}\n", pending.id.ToString(), pending.consumer,
                             absl::ToUnixMillis(pending.time), pending.deliveries);
      }
    }
  }

  TempDir temp_;
  ManualClock clock_;
  std::unique_ptr<EventLog> log_;
  int restored_ = 0;
};

TEST_F(BackupTest, AllOfALogComesBack) {
  ASSERT_OK_AND_ASSIGN(Stream orders, log_->OpenStream("orders", {.partitions = 3}));
  for (int i = 0; i < 50; ++i) {
    ASSERT_OK(orders.Append({{"n", std::to_string(i)}}, {.key = "key" + std::to_string(i % 7)}));
  }
  ASSERT_OK_AND_ASSIGN(Group group, log_->CreateGroup("orders", "billing", {}));
  ASSERT_OK_AND_ASSIGN(const Deliveries first, group.Read("anna", {.count = 10}));
  ASSERT_OK(group.Ack(first.receipt));
  ASSERT_OK(group.Read("ben", {.count = 7}));
  clock_.Advance(absl::Seconds(5));
  ASSERT_OK(group.Read("anna", {.count = 4}));
  Transaction transaction;
  transaction.PutState("space", "sum", "42");
  ASSERT_OK(transaction.Append(orders, {{"n", "in a transaction"}}));
  ASSERT_OK(log_->Commit(std::move(transaction)));
  ASSERT_OK(log_->AddRoute({.pattern = "events.*", .stream = "events"}));
  ASSERT_OK(orders.Schedule(Fields{{"n", "later"}}, clock_.Now() + absl::Hours(1)));
  ASSERT_OK(orders.Trim({.keep = {.max_entries = 40}}));
  Add(**log_->InDatabase(3), "third", 0, 300);
  const std::string before = Describe(*log_);
  EXPECT_THAT(before, HasSubstr("pending"));
  EXPECT_THAT(before, HasSubstr("delayed"));

  ASSERT_OK_AND_ASSIGN(const BackupInfo backup, log_->BackUp(target()));
  EXPECT_EQ(backup.id, 1u);
  EXPECT_EQ(backup.log_id, log_->Describe()->log_id);
  EXPECT_EQ(backup.last_commit, log_->Describe()->written_commit);
  EXPECT_EQ(Describe(*log_), before) << "the log is as it was";
  ASSERT_OK(VerifyBackup(target(), 1));

  Add(*log_, "orders of later", 0, 3);
  ASSERT_OK(RestoreBackup(target(), temp_.Path("restored")));
  ASSERT_OK_AND_ASSIGN(const VerifyReport report, VerifyDirectory(temp_.Path("restored")));
  EXPECT_THAT(report.findings, IsEmpty());
  const std::unique_ptr<EventLog> restored = OpenAt(temp_.Path("restored"));
  EXPECT_EQ(Describe(*restored), before);
  Add(*restored, "orders of later", 0, 3);  // it goes on
  EXPECT_EQ(Numbers(*restored, "orders of later").size(), 3u);
}

TEST_F(BackupTest, EachCopiesWhatIsNew) {
  Add(*log_, "s", 0, 700);
  ASSERT_OK_AND_ASSIGN(const BackupInfo first, log_->BackUp(target()));
  EXPECT_GT(first.bytes_copied, 50'000u);
  Add(*log_, "s", 700, 710);
  ASSERT_OK_AND_ASSIGN(const BackupInfo second, log_->BackUp(target()));
  EXPECT_LT(second.bytes_copied, first.bytes_copied / 2);
  ASSERT_OK_AND_ASSIGN(const std::vector<BackupInfo> backups, ListBackups(target()));
  ASSERT_EQ(backups.size(), 2u);
  EXPECT_EQ(backups[0].last_commit, first.last_commit);
  EXPECT_EQ(backups[1].last_commit, second.last_commit);
  EXPECT_EQ(Restored("s", 1), 700u);
  EXPECT_EQ(Restored("s", 2), 710u);
  EXPECT_EQ(Restored("s", 0), 710u) << "the newest";
}

TEST_F(BackupTest, KeepsAsManyAsItIsTold) {
  for (int i = 0; i < 4; ++i) {
    Add(*log_, "s", i * 100, i * 100 + 100);
    ASSERT_OK(log_->BackUp(target(), {.keep = 2}));
  }
  ASSERT_OK_AND_ASSIGN(const std::vector<BackupInfo> backups, ListBackups(target()));
  ASSERT_EQ(backups.size(), 2u);
  EXPECT_EQ(backups[0].id, 3u);
  EXPECT_EQ(Restored("s", 3), 300u);
  EXPECT_EQ(Restored("s", 4), 400u);
  EXPECT_EQ(absl::StatusCode::kNotFound,
            RestoreBackup(target(), temp_.Path("x"), {.backup = 1}).status().code());
}

TEST_F(BackupTest, OfALogThatNobodyHolds) {
  Add(*log_, "s", 0, 500);
  log_.reset();
  ASSERT_OK(BackUpDirectory(directory() + "/", target() + "/"));
  EXPECT_EQ(Restored("s", 0), 500u);
}

// The owner flushes, compacts and gives files back at full speed.
TEST_F(BackupTest, WhileTheLogIsInUse) {
  std::atomic<int> acknowledged = 0;
  std::atomic<bool> stop = false;
  std::thread producer([&] {
    for (int i = 0; !stop; ++i) {
      ASSERT_NO_FATAL_FAILURE(Add(*log_, "s", i, i + 1));
      acknowledged = i + 1;
      if (i % 100 == 99) {
        ASSERT_OK(log_->Maintain());
      }
    }
  });
  for (uint64_t backup = 1; backup <= 4; ++backup) {
    while (acknowledged < static_cast<int>(backup) * 150) std::this_thread::yield();
    const int before = acknowledged;
    // By the owner, and beside it.
    ASSERT_OK(backup % 2 == 0 ? log_->BackUp(target()) : BackUpDirectory(directory(), target()));
    EXPECT_GE(Restored("s", backup), static_cast<size_t>(before));
  }
  stop = true;
  producer.join();
}

TEST_F(BackupTest, ATargetIsOfOneLog) {
  Add(*log_, "s", 0, 5);
  ASSERT_OK(log_->BackUp(target()));
  const std::unique_ptr<EventLog> other = OpenAt(temp_.Path("other"));
  const absl::Status refused = other->BackUp(target()).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(MessageOf(refused), HasSubstr("holds backups of log"));
  std::filesystem::create_directory(temp_.Path("home"));
  WriteFile(temp_.Path("home/letter"), "dear");
  EXPECT_THAT(MessageOf(log_->BackUp(temp_.Path("home")).status()),
              HasSubstr("it holds \"letter\", and no file EVLOG-BACKUPS"));
  EXPECT_EQ(log_->BackUp(directory()).status().code(), absl::StatusCode::kFailedPrecondition)
      << "nor into itself";
  EXPECT_EQ(ListBackups(temp_.Path("none")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ListBackups(temp_.Path("home")).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(BackUpDirectory(temp_.Path("none"), target()).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(BackUpDirectory(temp_.Path("home"), target()).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(BackupTest, OverwritesNothing) {
  Add(*log_, "s", 0, 5);
  ASSERT_OK(log_->BackUp(target()));
  const absl::Status refused = RestoreBackup(target(), directory()).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kAlreadyExists);
  std::filesystem::create_directories(temp_.Path("x.restoring/mine"));
  EXPECT_EQ(RestoreBackup(target(), temp_.Path("x")).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(std::filesystem::exists(temp_.Path("x.restoring/mine")));
  std::filesystem::create_directory(temp_.Path("empty"));
  EXPECT_OK(RestoreBackup(target(), temp_.Path("empty")));
  EXPECT_EQ(Numbers(*OpenAt(temp_.Path("empty")), "s").size(), 5u);
}

TEST_F(BackupTest, MayBeStopped) {
  Add(*log_, "s", 0, 500);
  ASSERT_OK(log_->BackUp(target()));
  Add(*log_, "s", 500, 1000);
  const auto stop = [](const BackupProgress&) { return false; };
  EXPECT_EQ(log_->BackUp(target(), {.progress = stop}).status().code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(ListBackups(target())->size(), 1u);
  EXPECT_FALSE(std::filesystem::exists(target() + "/staging"));
  EXPECT_EQ(RestoreBackup(target(), temp_.Path("x"), {.progress = stop}).status().code(),
            absl::StatusCode::kCancelled);
  EXPECT_FALSE(std::filesystem::exists(temp_.Path("x")));
  EXPECT_FALSE(std::filesystem::exists(temp_.Path("x.restoring")));
  uint64_t bytes = 0, most = 0;
  ASSERT_OK_AND_ASSIGN(const BackupInfo backup,
                       log_->BackUp(target(), {.progress = [&](const BackupProgress& progress) {
                                      bytes = progress.bytes;
                                      most = progress.bytes_max;
                                      return true;
                                    }}));
  EXPECT_GT(bytes, 0u);
  EXPECT_GE(backup.bytes_copied, bytes);
  EXPECT_GE(most, bytes);
  EXPECT_EQ(Restored("s", backup.id), 1000u);
}

// Each file of a backup in turn: named, and nothing is restored.
TEST_F(BackupTest, DamageIsNamed) {
  Add(*log_, "s", 0, 1000);
  ASSERT_OK(log_->BackUp(target()));
  std::vector<std::string> files;
  std::map<std::string, int> kinds;  // two of each
  for (const auto& file : std::filesystem::recursive_directory_iterator(target())) {
    const std::string path = file.path().string();
    if (file.is_regular_file() && file.file_size() > 0 &&
        (path.find("/private/") != std::string::npos || path.ends_with(".sst")) &&
        ++kinds[file.path().extension().string() +
                file.path().filename().string().substr(0, file.path().has_extension() ? 0 : 4)] <=
            2) {
      files.push_back(path);
    }
  }
  ASSERT_GE(files.size(), 4u);
  for (const std::string& path : files) {
    SCOPED_TRACE(path);
    const std::string whole = ReadFile(path);
    std::string damaged = whole;
    damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x10);
    WriteFile(path, damaged);
    const absl::Status verified = VerifyBackup(target(), 1);
    EXPECT_EQ(verified.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(MessageOf(verified), HasSubstr(std::filesystem::path(path).filename().string()));
    EXPECT_EQ(RestoreBackup(target(), temp_.Path("x")).status().code(),
              absl::StatusCode::kDataLoss);
    WriteFile(path, whole.substr(0, whole.size() / 2));
    EXPECT_EQ(RestoreBackup(target(), temp_.Path("x")).status().code(),
              absl::StatusCode::kDataLoss);
    EXPECT_FALSE(VerifyBackup(target(), 1).ok());
    std::filesystem::remove(path);
    EXPECT_TRUE(ListBackups(target())->at(0).damaged);
    EXPECT_EQ(RestoreBackup(target(), temp_.Path("x")).status().code(),
              absl::StatusCode::kDataLoss);
    WriteFile(path, whole);
    EXPECT_FALSE(ListBackups(target())->at(0).damaged);
    EXPECT_FALSE(std::filesystem::exists(temp_.Path("x")));
    EXPECT_FALSE(std::filesystem::exists(temp_.Path("x.restoring")));
  }
  EXPECT_OK(VerifyBackup(target(), 1));
}

TEST_F(BackupTest, OneAtATime) {
  Add(*log_, "s", 0, 50);
  absl::Status inner;
  ASSERT_OK(log_->BackUp(target(), {.progress = [&](const BackupProgress&) {
                           if (inner.ok()) inner = log_->BackUp(target()).status();
                           return true;
                         }}));
  EXPECT_EQ(inner.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(MessageOf(inner), HasSubstr("the target is in use"));
}

}  // namespace
}  // namespace evlog
