#include "log/store/table_tail.h"

#include <xxhash.h>

#include <cstring>
#include <memory>

#include "log/base/bytes.h"
#include "log/base/status.h"
#include "log/store/rocksdb_status.h"

namespace evlog {
namespace {

constexpr uint64_t kTableMagic = 0x88e241b785f4cff7;
constexpr uint32_t kFormatVersion = 5;
constexpr uint8_t kChecksumXxh3 = 4;
constexpr std::string_view kProperties = "rocksdb.properties";
// The properties of a table name the partitions that it holds, up to a limit (file_census.h).
constexpr uint64_t kBlockBytesMax = uint64_t{64} << 20;

uint32_t GetLittle32(const char* p) {
  uint32_t v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

TableBlock ReadHandle(ByteReader* reader) {
  TableBlock block;
  block.offset = reader->ReadVarint();
  block.size = reader->ReadVarint();
  return block;
}

// Reads pieces of one file.
class TailReader {
 public:
  static absl::StatusOr<TailReader> Open(rocksdb::FileSystem& fs, const std::string& path) {
    TailReader reader;
    RETURN_IF_ERROR(
        FromRocksDb(fs.GetFileSize(path, rocksdb::IOOptions(), &reader.size_, nullptr)));
    RETURN_IF_ERROR(
        FromRocksDb(fs.NewRandomAccessFile(path, rocksdb::FileOptions(), &reader.file_, nullptr)));
    return reader;
  }

  uint64_t size() const { return size_; }

  // May give fewer bytes than were asked for.
  absl::StatusOr<std::string> Read(uint64_t offset, size_t bytes) const {
    std::string buffer(bytes, '\0');
    rocksdb::Slice got;
    RETURN_IF_ERROR(FromRocksDb(
        file_->Read(offset, bytes, rocksdb::IOOptions(), &got, buffer.data(), nullptr)));
    return got.ToString();
  }

  // Nothing where it is no block with its checksum.
  absl::StatusOr<std::optional<std::string>> ReadBlock(const TableBlock& block) const {
    constexpr uint64_t kBehind = kTableBlockTrailerBytes + kTableFooterBytes;
    const bool fits = block.size <= kBlockBytesMax && block.size + kBehind <= size_ &&
                      block.offset <= size_ - kBehind - block.size;
    if (!fits) return std::nullopt;
    ASSIGN_OR_RETURN(std::string bytes, Read(block.offset, block.size + kTableBlockTrailerBytes));
    if (bytes.size() != block.size + kTableBlockTrailerBytes) return std::nullopt;
    const uint32_t stored = GetLittle32(bytes.data() + block.size + 1);
    const char compression = bytes[block.size];
    bytes.resize(block.size);
    if (TableBlockChecksum(bytes, compression) != stored) return std::nullopt;
    return bytes;
  }

 private:
  std::unique_ptr<rocksdb::FSRandomAccessFile> file_;
  uint64_t size_ = 0;
};

// What is wrong, without the file's name.
absl::StatusOr<std::optional<std::string>> Check(const TailReader& file) {
  const std::string what = "is damaged at its end: ";
  if (file.size() < kTableFooterBytes) return fmt::format("has only {} bytes", file.size());
  ASSIGN_OR_RETURN(const std::string end,
                   file.Read(file.size() - kTableFooterBytes, kTableFooterBytes));
  const std::optional<TableFooter> footer = DecodeTableFooter(end);
  if (!footer) return what + "the footer is none of a table";
  if (footer->checksum != kChecksumXxh3) {
    return fmt::format("{}the footer names checksum {}, tables have {}", what, footer->checksum,
                       kChecksumXxh3);
  }
  ASSIGN_OR_RETURN(const auto meta_index, file.ReadBlock(footer->meta_index));
  if (!meta_index) return what + "the list of its meta blocks does not match its checksum";
  const std::optional<TableBlock> properties = FindMetaBlock(*meta_index, kProperties);
  if (!properties) return what + "the list of its meta blocks names no properties";
  ASSIGN_OR_RETURN(const auto read, file.ReadBlock(*properties));
  if (!read) return what + "its properties do not match their checksum";
  return std::nullopt;
}

}  // namespace

std::optional<TableFooter> DecodeTableFooter(std::string_view bytes) {
  if (bytes.size() != kTableFooterBytes) return std::nullopt;
  ByteReader reader(bytes.substr(0, bytes.size() - 12));
  TableFooter footer;
  footer.checksum = reader.ReadByte();
  footer.meta_index = ReadHandle(&reader);
  ReadHandle(&reader);  // the index
  uint64_t magic;
  std::memcpy(&magic, bytes.data() + bytes.size() - 8, sizeof magic);
  const uint32_t version = GetLittle32(bytes.data() + bytes.size() - 12);
  if (!reader.ok() || magic != kTableMagic || version != kFormatVersion) return std::nullopt;
  return footer;
}

std::optional<TableBlock> FindMetaBlock(std::string_view meta_index, std::string_view name) {
  // Behind the entries stand their restart points, and how many these are.
  if (meta_index.size() < sizeof(uint32_t)) return std::nullopt;
  const uint64_t restarts = GetLittle32(meta_index.data() + meta_index.size() - sizeof(uint32_t));
  const uint64_t behind = (restarts + 1) * sizeof(uint32_t);
  if (behind > meta_index.size()) return std::nullopt;
  ByteReader reader(meta_index.substr(0, meta_index.size() - behind));
  std::string key;
  while (reader.left() > 0) {
    const uint32_t shared = reader.ReadVarint32();
    const uint32_t own = reader.ReadVarint32();
    const uint32_t value_bytes = reader.ReadVarint32();
    if (shared > key.size()) return std::nullopt;
    key.resize(shared);
    key.append(reader.ReadBytes(own));
    ByteReader value(reader.ReadBytes(value_bytes));
    if (!reader.ok() || key != name) continue;
    const TableBlock block = ReadHandle(&value);
    return value.ok() ? std::optional(block) : std::nullopt;
  }
  return std::nullopt;
}

uint32_t TableBlockChecksum(std::string_view block, char compression) {
  // RocksDB adds the last byte to XXH3 of those before it, so that it need not stand behind them.
  constexpr uint32_t kOfLastByte = 0x6b9083d9;
  const auto hash = static_cast<uint32_t>(XXH3_64bits(block.data(), block.size()));
  return hash ^ (static_cast<uint8_t>(compression) * kOfLastByte);
}

absl::StatusOr<std::optional<std::string>> CheckTableTail(rocksdb::FileSystem& fs,
                                                          const std::string& path) {
  const absl::StatusOr<TailReader> file = TailReader::Open(fs, path);
  if (absl::IsNotFound(file.status())) return std::nullopt;
  if (!file.ok()) return Annotate(file.status(), path);
  absl::StatusOr<std::optional<std::string>> wrong = Check(*file);
  if (!wrong.ok()) return Annotate(wrong.status(), path);
  if (*wrong) return fmt::format("{} {}", path, **wrong);
  return std::nullopt;
}

}  // namespace evlog
