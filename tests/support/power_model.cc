#include "tests/support/power_model.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>
#include <utility>

#include "tests/support/files.h"

namespace evlog {
namespace {

namespace stdfs = std::filesystem;

constexpr uint64_t kPageBytes = 4096;

std::string Normal(const std::string& path) { return stdfs::path(path).lexically_normal(); }
std::string ParentOf(const std::string& path) { return stdfs::path(path).parent_path(); }
std::string NameOf(const std::string& path) { return stdfs::path(path).filename(); }

// Tests cannot go on when the real file system fails.
void CheckDone(const std::error_code& error, const std::string& what) {
  if (!error) return;
  std::fprintf(stderr, "%s: %s\n", what.c_str(), error.message().c_str());
  std::abort();
}

void Overwrite(const std::string& path, uint64_t offset, const std::string& bytes) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(offset));
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) std::abort();
}

void Resize(const std::string& path, uint64_t size) {
  std::error_code error;
  stdfs::resize_file(path, size, error);
  CheckDone(error, path);
}

void MakeHoles(const std::string& path, uint64_t begin, uint64_t end, Rng& rng) {
  for (uint64_t at = begin; at < end;) {
    const uint64_t page_end = std::min(end, (at / kPageBytes + 1) * kPageBytes);
    if (rng.Percent(50)) Overwrite(path, at, std::string(page_end - at, '\0'));
    at = page_end;
  }
}

// The bytes of one file, from `synced` on.
void LoseBytes(const std::string& path, uint64_t synced, UnsyncedBytes loss, Rng& rng) {
  const uint64_t size = stdfs::file_size(path);
  synced = std::min(synced, size);
  if (loss == UnsyncedBytes::kAny) loss = static_cast<UnsyncedBytes>(rng.Below(6));
  if (loss == UnsyncedBytes::kKept || synced == size) return;
  const uint64_t left =
      loss == UnsyncedBytes::kDropped ? synced : synced + rng.Below(size - synced + 1);
  Resize(path, left);
  if (left == synced) return;
  const uint64_t last_page = std::max(synced, (left - 1) / kPageBytes * kPageBytes);
  switch (loss) {
    case UnsyncedBytes::kZeroed:
      return Overwrite(path, last_page, std::string(left - last_page, '\0'));
    case UnsyncedBytes::kScrambled:
      return Overwrite(path, last_page, rng.Bytes(left - last_page));
    case UnsyncedBytes::kHoles:
      return MakeHoles(path, synced, left, rng);
    default:
      return;
  }
}

}  // namespace

PowerModel::PowerModel(std::string stash) : stash_(std::move(stash)) {
  std::error_code error;
  stdfs::create_directories(stash_, error);
  CheckDone(error, stash_);
}

PowerModel::FilePtr PowerModel::Find(const std::string& path) {
  if (const auto it = files_.find(path); it != files_.end()) return it->second;
  std::error_code error;
  if (!stdfs::is_regular_file(path, error)) return nullptr;
  auto file = std::make_shared<File>();
  file->path = path;
  file->size = file->synced_size = stdfs::file_size(path);
  files_[path] = file;
  directories_[ParentOf(path)].on_disk[NameOf(path)] = file;
  return file;
}

PowerModel::FilePtr PowerModel::Create(const std::string& path) {
  const std::string normal = Normal(path);
  FilePtr file = Find(normal);
  if (file != nullptr) {
    Truncate(file, 0);
    return file;
  }
  file = std::make_shared<File>();
  file->path = normal;
  files_[normal] = file;
  AddChange(ParentOf(normal), {{NameOf(normal), file}});
  return file;
}

PowerModel::FilePtr PowerModel::Append(const std::string& path) {
  FilePtr file = Find(Normal(path));
  return file != nullptr ? file : Create(path);
}

void PowerModel::Truncate(const FilePtr& file, uint64_t size) {
  file->size = size;
  if (size >= file->synced_size) return;
  std::string taken = ReadFile(file->path).substr(size, file->synced_size - size);
  file->undo = file->undo.empty() ? std::move(taken) : taken + file->undo;
  file->undo_offset = size;
  file->synced_size = size;
}

void PowerModel::Rename(const std::string& from, const std::string& to) {
  const std::string source = Normal(from);
  const std::string target = Normal(to);
  const FilePtr file = Find(source);
  if (file == nullptr) return;
  if (const FilePtr old = Find(target); old != nullptr && old->path == target) Stash(old);
  files_.erase(source);
  files_[target] = file;
  file->path = target;
  if (ParentOf(source) == ParentOf(target)) {
    AddChange(ParentOf(target), {{NameOf(target), file}, {NameOf(source), nullptr}});
  } else {
    AddChange(ParentOf(target), {{NameOf(target), file}});
    AddChange(ParentOf(source), {{NameOf(source), nullptr}});
  }
}

void PowerModel::Link(const std::string& from, const std::string& to) {
  const FilePtr file = Find(Normal(from));
  if (file == nullptr) return;
  files_[Normal(to)] = file;
  AddChange(ParentOf(Normal(to)), {{NameOf(to), file}});
}

void PowerModel::Delete(const std::string& path) {
  const std::string normal = Normal(path);
  const FilePtr file = Find(normal);
  if (file == nullptr) return;
  // RocksDB may ask twice; the second time there is nothing left to keep.
  if (file->path == normal && stdfs::exists(normal)) Stash(file);
  files_.erase(normal);
  AddChange(ParentOf(normal), {{NameOf(normal), nullptr}});
}

void PowerModel::Synced(const FilePtr& file, uint64_t size) {
  file->synced_size = std::max(file->synced_size, size);
  file->undo.clear();
}

size_t PowerModel::Changes(const std::string& directory) const {
  const auto it = directories_.find(Normal(directory));
  return it == directories_.end() ? 0 : it->second.changes.size();
}

void PowerModel::DirectorySynced(const std::string& directory, size_t changes) {
  Directory& state = directories_[Normal(directory)];
  changes = std::min(changes, state.changes.size());
  for (size_t i = 0; i < changes; ++i) {
    for (NameChange& change : state.changes[i]) {
      if (change.file == nullptr) {
        state.on_disk.erase(change.name);
      } else {
        state.on_disk[change.name] = std::move(change.file);
      }
    }
  }
  state.changes.erase(state.changes.begin(),
                      state.changes.begin() + static_cast<std::ptrdiff_t>(changes));
}

void PowerModel::AddChange(const std::string& directory, Change change) {
  directories_[directory].changes.push_back(std::move(change));
}

std::string PowerModel::NewStashPath() { return stash_ + "/" + std::to_string(++stashed_); }

void PowerModel::Stash(const FilePtr& file) {
  const std::string path = NewStashPath();
  std::error_code error;
  stdfs::create_hard_link(file->path, path, error);
  CheckDone(error, file->path);
  file->path = path;
}

std::map<std::string, PowerModel::FilePtr> PowerModel::NamesLeft(const Directory& directory,
                                                                 UnsyncedNames loss,
                                                                 Rng& rng) const {
  std::map<std::string, FilePtr> names = directory.on_disk;
  size_t count = directory.changes.size();
  if (loss == UnsyncedNames::kDropped) count = 0;
  if (loss == UnsyncedNames::kCut) count = rng.Below(count + 1);
  for (size_t i = 0; i < count; ++i) {
    for (const NameChange& change : directory.changes[i]) {
      if (change.file == nullptr) {
        names.erase(change.name);
      } else {
        names[change.name] = change.file;
      }
    }
  }
  return names;
}

void PowerModel::Lose(const PowerLoss& loss, Rng& rng) {
  std::map<std::string, FilePtr> left;  // by path
  for (const auto& [path, directory] : directories_) {
    for (const auto& [name, file] : NamesLeft(directory, loss.names, rng)) {
      left[path + "/" + name] = file;
    }
  }
  // All names go, then those that are left come back.
  std::set<FilePtr> done;
  const auto stash_once = [&](const FilePtr& file) {
    if (!done.insert(file).second) return;
    if (ParentOf(file->path) != stash_) Stash(file);
    if (!file->undo.empty() && rng.Percent(50)) {
      Resize(file->path, file->undo_offset);
      std::ofstream(file->path, std::ios::binary | std::ios::app) << file->undo;
    } else {
      LoseBytes(file->path, file->synced_size, loss.bytes, rng);
    }
  };
  std::error_code error;
  for (const auto& [path, file] : left) stash_once(file);
  for (const auto& [path, file] : files_) {
    if (ParentOf(file->path) != stash_) Stash(file);
    stdfs::remove(path, error);
    CheckDone(error, path);
  }
  for (const auto& [path, file] : left) {
    // What still has a name here is not modelled: a LOG made after the one whose renaming is lost.
    if (stdfs::exists(path, error)) continue;
    stdfs::create_hard_link(file->path, path, error);
    CheckDone(error, path);
  }
  for (const auto& stashed : stdfs::directory_iterator(stash_)) stdfs::remove(stashed.path());
  files_.clear();
  directories_.clear();
}

}  // namespace evlog
