// A table file of the store, and what is in it.
#ifndef EVLOG_LOG_STORE_TABLE_FILE_H_
#define EVLOG_LOG_STORE_TABLE_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "log/ids.h"

namespace evlog {

// What a file holds of a partition.
struct CensusItem {
  PartitionId partition;
  // The span of its rows, and their bytes: keys and values, before compression.
  uint64_t base_offset = 0;
  uint64_t next_offset = 0;
  uint64_t bytes = 0;

  friend bool operator==(const CensusItem&, const CensusItem&) = default;
};

struct FileCensus {
  bool known = false;  // false: too many partitions, or none
  std::vector<CensusItem> items;
};

struct TableFile {
  std::string name;
  int level = 0;
  uint64_t bytes = 0;             // on the disk
  std::string smallest, largest;  // keys
  FileCensus census;
};

// Where a partition begins for good: the row that says so is on the disk.
struct PartitionStart {
  uint64_t first_offset = 0;
  bool dropped = false;  // with its stream
};

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_TABLE_FILE_H_
