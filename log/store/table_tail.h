// The tail of a table file, which RocksDB uses before it knows that it is whole: the footer, the
// list of its meta blocks, and its properties.
//
// RocksDB reads the properties without comparing their checksum first, as a file that it has
// ingested may have been changed there; over some that are damaged Debian's 7.8.3, which is built
// with assertions, ends the process. So what RocksDB is to open is looked at here before.
//
// Source of the format: RocksDB's wiki, "Rocksdb BlockBasedTable Format"; format_version 5.
#ifndef EVLOG_LOG_STORE_TABLE_TAIL_H_
#define EVLOG_LOG_STORE_TABLE_TAIL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "rocksdb/file_system.h"

namespace evlog {

// Where a block is in its file, without what follows it: its compression and its checksum.
struct TableBlock {
  uint64_t offset = 0;
  uint64_t size = 0;
  bool operator==(const TableBlock&) const = default;
};
inline constexpr size_t kTableBlockTrailerBytes = 5;

struct TableFooter {
  uint8_t checksum = 0;  // which
  TableBlock meta_index;
  bool operator==(const TableFooter&) const = default;
};
inline constexpr size_t kTableFooterBytes = 53;

// `bytes`: the last kTableFooterBytes of a file. Nothing where they are no footer.
std::optional<TableFooter> DecodeTableFooter(std::string_view bytes);

// Where the meta index has the block of that name; nothing where it has not, or is malformed.
std::optional<TableBlock> FindMetaBlock(std::string_view meta_index, std::string_view name);

// The checksum that stands behind a block, of its bytes and of the compression's byte after them.
uint32_t TableBlockChecksum(std::string_view block, char compression);

// What is wrong with the tail of this table, if anything; the text names the file. A file that is
// missing is not looked at. Reads three small blocks.
//   UNAVAILABLE: the file cannot be read.
absl::StatusOr<std::optional<std::string>> CheckTableTail(rocksdb::FileSystem& fs,
                                                          const std::string& path);

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_TABLE_TAIL_H_
