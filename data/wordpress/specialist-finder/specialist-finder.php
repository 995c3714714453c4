<?php
/**
 * Plugin Name:       Specialist Finder
 * Description:       Puts your hospital's hip specialist finder into pages: as a frame, as an element, or as a link with a form.
 * Version:           1.0.0
 * Requires at least: 5.8
 * Requires PHP:      7.4
 * Author:            The Specialist Finder maintainers
 * License:           Apache-2.0
 * License URI:       https://www.apache.org/licenses/LICENSE-2.0
 * Text Domain:       specialist-finder
 * Domain Path:       /languages
 *
 * @package SpecialistFinder
 */

defined( 'ABSPATH' ) || exit;

define( 'SPECIALIST_FINDER_VERSION', '1.0.0' );
define( 'SPECIALIST_FINDER_OPTION', 'specialist_finder' );

require_once __DIR__ . '/includes/values.php';
require_once __DIR__ . '/includes/html.php';
require_once __DIR__ . '/includes/shown.php';
require_once __DIR__ . '/includes/settings.php';

add_action( 'init', 'specialist_finder_init' );
add_action( 'admin_menu', 'specialist_finder_admin_menu' );
add_action( 'admin_init', 'specialist_finder_admin_init' );
add_filter( 'script_loader_tag', 'specialist_finder_script_tag', 10, 2 );
add_filter( 'plugin_action_links_' . plugin_basename( __FILE__ ), 'specialist_finder_action_links' );
