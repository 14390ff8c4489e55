// What a table file of `log` or `dir` holds, by partition: noted as a property of the file when it
// is written, so that garbage is found without reading it.
//
//   property "evlog.census" := partitions:varint                  0: more than kCensusPartitionsMax
//                              {stream:varint partition:varint base_offset:varint
//                               next_offset:varint bytes:varint}{partitions}
//
// base_offset and next_offset span the rows of the partition in the file; bytes are theirs, keys
// and values, before compression.
#ifndef EVLOG_LOG_STORE_FILE_CENSUS_H_
#define EVLOG_LOG_STORE_FILE_CENSUS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "log/key_codec.h"
#include "log/store/table_file.h"
#include "rocksdb/table_properties.h"

namespace evlog {

inline constexpr size_t kCensusPartitionsMax = 256;
inline constexpr char kCensusProperty[] = "evlog.census";

std::string EncodeCensus(const std::vector<CensusItem>& items);
// What cannot be read is not known.
FileCensus DecodeCensus(std::string_view value);

std::shared_ptr<rocksdb::TablePropertiesCollectorFactory> NewCensusFactory(Family family);

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_FILE_CENSUS_H_
