// What every EventLog must do, whatever it stands on: the fixture of the contract's tests.
#ifndef EVLOG_TESTS_CONTRACT_CONTRACT_TEST_H_
#define EVLOG_TESTS_CONTRACT_CONTRACT_TEST_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "evlog/event_log.h"
#include "log/store/environment.h"
#include "tests/support/manual_clock.h"
#include "tests/support/owned_entry.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {

// A way to have a log.
struct LogKind {
  enum class Files { kDisk, kMemory, kUnsynced };  // kUnsynced: on the disk, but never synced
  const char* name;
  Files files;
  size_t tail_cache_bytes;
  size_t memtable_bytes;
};

class ContractTest : public ::testing::TestWithParam<LogKind> {
 protected:
  ContractTest();

  void SetUp() override { Open(); }
  void TearDown() override { log_.reset(); }  // before its directory

  // What this kind of log is opened with; its clock is `clock_`.
  OpenOptions Options();
  void Open() { Open(Options()); }
  void Open(const OpenOptions& options);
  absl::StatusOr<std::unique_ptr<EventLog>> TryOpen(const OpenOptions& options);
  // Beside the owner.
  std::unique_ptr<EventLog> OpenReader();
  void Close() { log_.reset(); }
  void Restart() {
    Close();
    Open();
  }

  Stream Create(std::string_view name, const StreamOptions& options = {});
  std::vector<OwnedEntry> Read(const ReadRequest& request) { return ReadOf(*log_, request); }
  std::vector<OwnedEntry> Read(std::string_view name) {
    return Read(ReadRequest{.stream = std::string(name)});
  }
  static std::vector<OwnedEntry> ReadOf(EventLog& log, const ReadRequest& request);
  Cursor StartReading(const ReadRequest& request);

  EventLog& log() { return *log_; }
  const std::string& directory() const { return directory_; }
  const StoreEnvironment& environment() const { return environment_; }

  ManualClock clock_;
  std::unique_ptr<EventLog> log_;

 private:
  TempDir temp_;
  StoreEnvironment environment_;
  std::string directory_;
};

// Appends {v: value}.
AppendResult Add(Stream& stream, std::string_view value, const AppendOptions& options = {});
// The field v of each.
std::vector<std::string> ValuesOf(const std::vector<OwnedEntry>& entries);
std::vector<EntryId> IdsOf(const std::vector<OwnedEntry>& entries);

std::vector<LogKind> LogKinds();
std::string NameOfKind(const ::testing::TestParamInfo<LogKind>& info);

#define EVLOG_CONTRACT_SUITE(suite)     \
  class suite : public ContractTest {}; \
  INSTANTIATE_TEST_SUITE_P(Logs, suite, ::testing::ValuesIn(LogKinds()), NameOfKind)

}  // namespace evlog

#endif  // EVLOG_TESTS_CONTRACT_CONTRACT_TEST_H_
