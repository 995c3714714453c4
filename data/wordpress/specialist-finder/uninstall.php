<?php
/**
 * Takes away all that the plugin kept: one option, on every site of a network.
 *
 * @package SpecialistFinder
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

if ( is_multisite() ) {
	$specialist_finder_sites = get_sites(
		array(
			'fields' => 'ids',
			'number' => 0,
		)
	);
	foreach ( $specialist_finder_sites as $specialist_finder_site ) {
		switch_to_blog( $specialist_finder_site );
		delete_option( 'specialist_finder' );
		restore_current_blog();
	}
} else {
	delete_option( 'specialist_finder' );
}
