#include "tests/support/marked_db.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "log/base/bytes.h"

namespace evlog {
namespace {

rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

// A row's bytes follow from its number, so that half a row is told from a whole one.
std::string ValueOf(uint64_t commit, size_t bytes) {
  return std::to_string(bytes) + ":" + std::string(bytes, static_cast<char>('a' + commit % 26));
}

bool IsWhole(uint64_t commit, const std::string& value) {
  const size_t colon = value.find(':');
  if (colon == std::string::npos) return false;
  return value == ValueOf(commit, value.size() - colon - 1);
}

}  // namespace

rocksdb::Status MarkedDb::Open(const std::string& dir, const Options& options) {
  Close();
  env_ = rocksdb::NewCompositeEnv(options.file_system != nullptr ? options.file_system
                                                                 : rocksdb::FileSystem::Default());
  rocksdb::Options db_options;
  db_options.env = env_.get();
  db_options.create_if_missing = true;
  db_options.create_missing_column_families = true;
  db_options.wal_recovery_mode = options.recovery;
  db_options.avoid_flush_during_recovery = options.keep_wals;
  db_options.avoid_flush_during_shutdown = true;
  db_options.atomic_flush = options.atomic_flush;
  db_options.track_and_verify_wals_in_manifest = options.track_wals;
  db_options.compression = rocksdb::kNoCompression;
  db_options.max_background_jobs = 1;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (size_t i = 0; i < kFamilies; ++i) {
    families.emplace_back(i == 0 ? rocksdb::kDefaultColumnFamilyName : std::to_string(i),
                          db_options);
  }
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(db_options, dir, families, &families_, &db);
  if (!status.ok()) return status;
  db_.reset(db);
  const std::set<uint64_t> commits = Commits();
  last_commit_ = commits.empty() ? 0 : *commits.rbegin();
  return status;
}

void MarkedDb::Close() {
  if (db_ == nullptr) return;
  for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
  families_.clear();
  db_.reset();
}

rocksdb::Status MarkedDb::Commit(size_t bytes) {
  const EncodedCommitMark mark({MarkKind::kCommit, last_commit_ + 1, synced_through_});
  rocksdb::WriteBatch batch;
  rocksdb::Status status = batch.PutLogData(ToSlice(mark.bytes()));
  if (!status.ok()) return status;
  char key[8];
  PutBig64(key, last_commit_ + 1);
  status = batch.Put(families_[(last_commit_ + 1) % kFamilies], rocksdb::Slice(key, sizeof key),
                     ValueOf(last_commit_ + 1, bytes));
  if (!status.ok()) return status;
  status = db_->Write(rocksdb::WriteOptions(), &batch);
  if (status.ok()) ++last_commit_;
  return status;
}

rocksdb::Status MarkedDb::Sync() {
  const uint64_t written = last_commit_;
  const rocksdb::Status status = db_->SyncWAL();
  if (status.ok()) synced_through_ = written;
  return status;
}

rocksdb::Status MarkedDb::Watermark() {
  const EncodedCommitMark mark({MarkKind::kWatermark, last_commit_, synced_through_});
  rocksdb::WriteBatch batch;
  const rocksdb::Status status = batch.PutLogData(ToSlice(mark.bytes()));
  return status.ok() ? db_->Write(rocksdb::WriteOptions(), &batch) : status;
}

rocksdb::Status MarkedDb::Flush() { return db_->Flush(rocksdb::FlushOptions(), families_); }

rocksdb::Status MarkedDb::Flush(size_t family) {
  return db_->Flush(rocksdb::FlushOptions(), families_[family]);
}

std::set<uint64_t> MarkedDb::Commits() const {
  std::set<uint64_t> commits;
  for (rocksdb::ColumnFamilyHandle* family : families_) {
    const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(rocksdb::ReadOptions(), family));
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      const uint64_t commit = GetBig64(it->key().data());
      if (IsWhole(commit, it->value().ToString())) commits.insert(commit);
    }
  }
  return commits;
}

std::vector<std::string> WalFiles(const std::string& dir) {
  std::vector<std::string> files;
  for (const auto& file : std::filesystem::directory_iterator(dir)) {
    if (file.path().extension() == ".log") files.push_back(file.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace evlog
