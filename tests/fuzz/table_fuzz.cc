// The small formats of the store's files: the tail of a table, and the note of a backup.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "log/store/backup_target.h"
#include "log/store/table_tail.h"
#include "rocksdb/env.h"
#include "tests/fuzz/check.h"

namespace evlog {
namespace {

constexpr const char* kPath = "/table.sst";

void CheckFile(const std::string& bytes) {
  const std::unique_ptr<rocksdb::Env> env(rocksdb::NewMemEnv(rocksdb::Env::Default()));
  Check(rocksdb::WriteStringToFile(env.get(), bytes, kPath).ok());
  const auto wrong = CheckTableTail(*env->GetFileSystem(), kPath);
  Check(wrong.ok());
  Check(!*wrong || (*wrong)->starts_with(kPath));
}

// A table whose checksums are right, which no fuzzer guesses: `block` is the list of its meta
// blocks, and stands first.
std::string Table(std::string_view block) {
  std::string table(block);
  table.push_back('\0');
  const uint32_t sum = TableBlockChecksum(block, '\0');
  table.append(reinterpret_cast<const char*>(&sum), sizeof sum);
  std::string footer = "\4";
  footer.push_back('\0');
  for (size_t size = block.size();; size >>= 7) {
    footer.push_back(static_cast<char>(size < 0x80 ? size : size | 0x80));
    if (size < 0x80) break;
  }
  footer.resize(kTableFooterBytes - 12);
  footer.append("\5\0\0\0", 4);
  footer.append("\xf7\xcf\xf4\x85\xb7\x41\xe2\x88", 8);
  return table + footer;
}

void Run(std::string_view input) {
  const std::unique_ptr<char[]> exact(new char[input.size()]);
  std::copy(input.begin(), input.end(), exact.get());
  const std::string_view bytes(exact.get(), input.size());
  (void)FindMetaBlock(bytes, "rocksdb.properties");
  (void)DecodeTableFooter(bytes.substr(bytes.size() - std::min(bytes.size(), kTableFooterBytes)));
  CheckFile(std::string(bytes));
  const std::string table = Table(bytes);
  const auto footer =
      DecodeTableFooter(std::string_view(table).substr(table.size() - kTableFooterBytes));
  Check(footer && footer->meta_index == TableBlock{0, bytes.size()});
  CheckFile(table);
  const auto note = DecodeBackupNote(bytes);
  if (!note.ok()) return Check(absl::IsDataLoss(note.status()));
  const auto again = DecodeBackupNote(EncodeBackupNote(*note));
  Check(again.ok() && again->format == note->format && again->log_id == note->log_id &&
        again->last_commit == note->last_commit);
}

}  // namespace
}  // namespace evlog

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  evlog::Run(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
