# Shared libraries for every processor: each library is compiled once more for each level, with the
# same name, into the folder glibc-hwcaps/<level> beside the baseline. When a program starts, the
# dynamic loader (glibc 2.33) takes the libraries of the highest level that the processor has.
#
# To try a lower level on a processor that has a higher one:
#   GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512F        x86-64-v3
#   GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512F,-AVX2  the baseline

set(XGRAD_LEVELS x86-64-v3 x86-64-v4 CACHE STRING
    "Levels that shared libraries are compiled for beside the baseline, unless XGRAD_NATIVE is ON")

# xgrad_levels(<target>...): the libraries <target>_<level>, compiled and linked as <target> is.
function(xgrad_levels)
  foreach(target IN LISTS ARGN)
    foreach(level IN LISTS XGRAD_LEVELS)
      set(variant ${target}_${level})
      add_library(${variant} SHARED)
      foreach(property SOURCES COMPILE_FEATURES COMPILE_DEFINITIONS COMPILE_OPTIONS
                       INCLUDE_DIRECTORIES LINK_LIBRARIES LINK_OPTIONS VERSION SOVERSION)
        get_target_property(value ${target} ${property})
        if(value)
          set_target_properties(${variant} PROPERTIES ${property} "${value}")
        endif()
      endforeach()
      target_compile_options(${variant} PRIVATE -march=${level})
      target_include_directories(${variant} SYSTEM PRIVATE
        $<TARGET_PROPERTY:${target},INTERFACE_SYSTEM_INCLUDE_DIRECTORIES>)
      set_target_properties(${variant} PROPERTIES
        OUTPUT_NAME ${target}
        DEFINE_SYMBOL ${target}_EXPORTS
        LIBRARY_OUTPUT_DIRECTORY $<TARGET_FILE_DIR:${target}>/glibc-hwcaps/${level}
        INSTALL_RPATH $ORIGIN/../..)
      # Whoever builds a library runs the highest level of it.
      add_dependencies(${target} ${variant})
      install(TARGETS ${variant} LIBRARY
              DESTINATION ${CMAKE_INSTALL_LIBDIR}/glibc-hwcaps/${level} NAMELINK_SKIP)
    endforeach()
  endforeach()
endfunction()
