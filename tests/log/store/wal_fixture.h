// For the tests of the scan: a log that a real RocksDB wrote on disk, copied into memory and there
// damaged, scanned, cut and opened.
#ifndef EVLOG_TESTS_LOG_STORE_WAL_FIXTURE_H_
#define EVLOG_TESTS_LOG_STORE_WAL_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "log/store/wal_scan.h"
#include "rocksdb/env.h"
#include "tests/support/files.h"
#include "tests/support/marked_db.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {

inline std::set<uint64_t> UpTo(uint64_t last) {
  std::set<uint64_t> commits;
  for (uint64_t i = 1; i <= last; ++i) commits.insert(commits.end(), i);
  return commits;
}

class WalFixture : public ::testing::Test {
 protected:
  using Files = std::map<std::string, std::string>;  // name -> bytes

  // Opens the database, lets `fill` write, and takes what a process that dies would leave.
  Files Make(const std::function<void(MarkedDb&)>& fill, const MarkedDb::Options& options = {}) {
    {
      MarkedDb db;
      const rocksdb::Status status = db.Open(dir_, options);
      EXPECT_TRUE(status.ok()) << status.ToString();
      if (status.ok()) fill(db);
    }
    return ReadDirectory();
  }

  Files ReadDirectory() {
    Files files;
    for (const auto& file : std::filesystem::directory_iterator(dir_)) {
      const std::string name = file.path().filename();
      if (name != "LOCK" && name.substr(0, 3) != "LOG") files[name] = ReadFile(file.path());
    }
    return files;
  }

  // Three WAL files of ten commits each.
  Files MakeThreeFiles() {
    Files files;
    for (int i = 0; i < 3; ++i) files = Make([](MarkedDb& db) { WriteCommits(db, 10); });
    return files;
  }

  static void WriteCommits(MarkedDb& db, int count, size_t bytes = 100) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(db.Commit(bytes).ok());
    }
  }

  static std::vector<std::string> Wals(const Files& files) {
    std::vector<std::string> names;
    for (const auto& [name, bytes] : files) {
      if (name.size() > 4 && name.substr(name.size() - 4) == ".log") names.push_back(name);
    }
    return names;
  }

  // Puts the files into memory, in place of all that was there.
  void Load(const Files& files) {
    env_.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
    EXPECT_TRUE(env_->CreateDir(kDir).ok());
    for (const auto& [name, bytes] : files) {
      EXPECT_TRUE(rocksdb::WriteStringToFile(env_.get(), bytes, kDir + ("/" + name)).ok());
    }
  }
  Files Unload() {
    Files files;
    std::vector<std::string> names;
    EXPECT_TRUE(env_->GetChildren(kDir, &names).ok());
    for (const std::string& name : names) {
      EXPECT_TRUE(rocksdb::ReadFileToString(env_.get(), kDir + ("/" + name), &files[name]).ok());
    }
    return files;
  }

  rocksdb::FileSystem& memory() { return *env_->GetFileSystem(); }
  absl::StatusOr<WalScan> Scan() { return ScanWal(memory(), kDir); }
  absl::StatusOr<WalScan> Scan(const Files& files) {
    Load(files);
    return Scan();
  }
  absl::Status Cut(const WalScan& scan) { return CutTornTail(memory(), kDir, scan); }

  // RocksDB shows exactly the commits up to `last`, in the default mode and in the strictest.
  void ExpectOpensWith(uint64_t last) {
    const Files files = Unload();
    for (const auto mode : {rocksdb::WALRecoveryMode::kPointInTimeRecovery,
                            rocksdb::WALRecoveryMode::kAbsoluteConsistency}) {
      Load(files);
      MarkedDb db;
      MarkedDb::Options options;
      options.file_system = env_->GetFileSystem();
      options.recovery = mode;
      const rocksdb::Status status = db.Open(kDir, options);
      ASSERT_TRUE(status.ok()) << status.ToString();
      EXPECT_EQ(db.Commits(), UpTo(last)) << "mode " << static_cast<int>(mode);
    }
    Load(files);
  }

  // Scan, cut, scan again, open: what every crash must go through. Returns the first scan.
  WalScan ExpectRecovers(const Files& files, uint64_t last) {
    absl::StatusOr<WalScan> scan = Scan(files);
    EXPECT_OK(scan);
    if (!scan.ok()) return WalScan();
    EXPECT_EQ(scan->last_commit.value_or(0), last);
    EXPECT_OK(Cut(*scan));
    const absl::StatusOr<WalScan> again = Scan();
    EXPECT_OK(again);
    if (again.ok()) {
      EXPECT_FALSE(again->torn.has_value()) << again->torn->reason;
      EXPECT_EQ(again->last_commit, scan->last_commit);
      EXPECT_EQ(again->bytes,
                scan->bytes - (scan->torn.has_value() ? scan->torn->bytes_dropped : 0));
    }
    ExpectOpensWith(last);
    return *std::move(scan);
  }

  static constexpr const char* kDir = "/wal";

  const TempDir temp_;
  const std::string dir_ = temp_.Path("db");
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace evlog

#endif  // EVLOG_TESTS_LOG_STORE_WAL_FIXTURE_H_
