#include "tests/contract/contract_test.h"

#include <utility>

#include "embedded/local_event_log.h"
#include "tests/support/fault_fs.h"
#include "tests/support/mem_fs.h"

namespace evlog {

std::vector<LogKind> LogKinds() {
  using Files = LogKind::Files;
  return {
      {"Disk", Files::kDisk, size_t{16} << 20, size_t{64} << 20},
      {"Memory", Files::kMemory, size_t{16} << 20, size_t{64} << 20},
      // Every read comes from the store, most of them from its files.
      {"WithoutCaches", Files::kUnsynced, 0, size_t{64} << 10},
  };
}

std::string NameOfKind(const ::testing::TestParamInfo<LogKind>& info) { return info.param.name; }

ContractTest::ContractTest() : directory_(temp_.Path("log")) {
  switch (GetParam().files) {
    case LogKind::Files::kDisk:
      break;
    case LogKind::Files::kMemory:
      environment_.file_system = NewMemFs();
      directory_ = "/log";
      break;
    case LogKind::Files::kUnsynced:
      environment_.file_system = std::make_shared<FaultFs>(temp_.Path("stash"));
      break;
  }
}

OpenOptions ContractTest::Options() {
  OpenOptions options;
  options.tail_cache_bytes = GetParam().tail_cache_bytes;
  options.memtable_bytes = GetParam().memtable_bytes;
  options.clock = &clock_;
  // Tests wait for who waits on the clock; and call Maintain themselves.
  options.maintenance_interval = absl::InfiniteDuration();
  return options;
}

void ContractTest::Open(const OpenOptions& options) {
  absl::StatusOr<std::unique_ptr<EventLog>> log = TryOpen(options);
  ASSERT_OK(log);
  log_ = *std::move(log);
}

absl::StatusOr<std::unique_ptr<EventLog>> ContractTest::TryOpen(const OpenOptions& options) {
  return OpenOn(environment_, directory_, options);
}

std::unique_ptr<EventLog> ContractTest::OpenReader() {
  ReadOnlyOptions options;
  options.clock = &clock_;
  absl::StatusOr<std::unique_ptr<EventLog>> log = OpenReadOnlyOn(environment_, directory_, options);
  EXPECT_OK(log);
  return log.ok() ? *std::move(log) : nullptr;
}

Stream ContractTest::Create(std::string_view name, const StreamOptions& options) {
  absl::StatusOr<Stream> stream = log_->CreateStream(name, options);
  EXPECT_OK(stream);
  return stream.value();
}

std::vector<OwnedEntry> ContractTest::ReadOf(EventLog& log, const ReadRequest& request) {
  absl::StatusOr<std::vector<OwnedEntry>> entries = ReadAll(log, request);
  EXPECT_OK(entries);
  return entries.ok() ? *std::move(entries) : std::vector<OwnedEntry>();
}

Cursor ContractTest::StartReading(const ReadRequest& request) {
  absl::StatusOr<Cursor> cursor = log_->Read(request);
  EXPECT_OK(cursor);
  return std::move(cursor).value();
}

AppendResult Add(Stream& stream, std::string_view value, const AppendOptions& options) {
  const absl::StatusOr<AppendResult> result = stream.Append({{"v", value}}, options);
  EXPECT_OK(result);
  return result.ok() ? *result : AppendResult();
}

std::vector<std::string> ValuesOf(const std::vector<OwnedEntry>& entries) {
  std::vector<std::string> values;
  for (const OwnedEntry& entry : entries) values.emplace_back(entry.value("v"));
  return values;
}

std::vector<EntryId> IdsOf(const std::vector<OwnedEntry>& entries) {
  std::vector<EntryId> ids;
  for (const OwnedEntry& entry : entries) ids.push_back(entry.id);
  return ids;
}

}  // namespace evlog
