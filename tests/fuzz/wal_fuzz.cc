// The reader and the scan of write-ahead logs, and the reader of the MANIFEST.
//
// The first byte says how the rest becomes files: as it is, or as a recipe for fragments with right
// checksums, which no fuzzer guesses. The files are then read, scanned, cut and scanned again.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "log/base/bytes.h"
#include "log/store/commit_mark.h"
#include "log/store/wal_reader.h"
#include "log/store/wal_scan.h"
#include "rocksdb/env.h"
#include "tests/fuzz/check.h"
#include "tests/support/string_file.h"
#include "tests/support/wal_bytes.h"

namespace evlog {
namespace {

constexpr const char* kDir = "/wal";

std::string Build(ByteReader recipe) {
  WalBytes wal;
  uint64_t commit = 0;
  while (recipe.left() > 0 && wal.size() < (1 << 20)) {
    switch (recipe.ReadByte() % 8) {
      case 0:
      case 1:
        wal.AddMarked({MarkKind::kCommit, ++commit, recipe.ReadByte()},
                      recipe.ReadVarint() % 70'000);
        break;
      case 2:
        wal.AddMarked({MarkKind::kWatermark, commit, commit - recipe.ReadByte()});
        break;
      case 3:
        wal.AddFragment(recipe.ReadByte(), recipe.ReadBytes(recipe.ReadByte()));
        break;
      case 4:
        wal.AddRaw(std::string(recipe.ReadVarint() % 70'000, '\0'));
        break;
      case 5:
        wal.AddRaw(recipe.ReadBytes(recipe.ReadByte()));
        break;
      case 6:
        commit += recipe.ReadByte();
        break;
      case 7:
        if (wal.size() > 0) wal.bytes()[recipe.ReadVarint() % wal.size()] ^= recipe.ReadByte();
        break;
    }
  }
  return wal.bytes();
}

void ReadAll(const std::string& bytes) {
  WalReader reader(std::make_unique<StringFile>(bytes), kBatchHeadBytes);
  uint64_t from = 0;
  for (size_t events = 0;; ++events) {
    Check(events <= bytes.size() + 2);
    const auto event = reader.Next();
    Check(event.ok());
    Check(event->offset >= from && event->offset <= bytes.size());
    from = event->offset;
    if (event->kind == WalEvent::Kind::kRecord) {
      Check(event->length <= bytes.size() - event->offset);
      Check(event->head.size() == std::min<uint64_t>(event->length, kBatchHeadBytes));
      (void)DecodeBatchHead(event->head);
    }
    if (event->kind == WalEvent::Kind::kEnd) return;
  }
}

void ScanAndCut(rocksdb::Env* env) {
  rocksdb::FileSystem& fs = *env->GetFileSystem();
  const auto scan = ExamineWal(fs, kDir);
  if (!scan.ok()) return;
  Check(CutTornTail(fs, kDir, *scan).ok());
  const auto again = ScanWal(fs, kDir);
  Check(again.ok() && !again->torn.has_value());
  Check(again->last_commit == scan->last_commit);
}

void Run(std::string_view input) {
  if (input.empty()) return;
  const auto how = static_cast<unsigned char>(input[0]);
  input.remove_prefix(1);
  const std::string_view first = input.substr(0, (how & 1) != 0 ? input.size() / 2 : input.size());
  const std::string_view second = input.substr(first.size());
  const bool build = (how & 2) != 0;
  const std::unique_ptr<rocksdb::Env> env(rocksdb::NewMemEnv(rocksdb::Env::Default()));
  Check(env->CreateDir(kDir).ok());
  const auto put = [&env](const char* name, const std::string& bytes) {
    Check(rocksdb::WriteStringToFile(env.get(), bytes, std::string(kDir) + "/" + name).ok());
  };
  for (const auto& [part, name] :
       {std::pair(first, "000004.log"), std::pair(second, "000007.log")}) {
    const std::string bytes = build ? Build(ByteReader(part)) : std::string(part);
    ReadAll(bytes);
    put(name, bytes);
  }
  if ((how & 4) != 0) {
    // The same bytes as an edit of the MANIFEST.
    WalBytes manifest;
    manifest.Add(first);
    put("MANIFEST-000001", manifest.bytes());
    put("CURRENT", "MANIFEST-000001\n");
  }
  ScanAndCut(env.get());
}

}  // namespace
}  // namespace evlog

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  evlog::Run(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
