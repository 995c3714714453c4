<?php
/**
 * The shortcode and the block, and the finder's script in the pages that have one of them.
 *
 * @package SpecialistFinder
 */

defined( 'ABSPATH' ) || exit;

/**
 * Make the shortcode, the block and their scripts known. Nothing is loaded by this.
 */
function specialist_finder_init() {
	load_plugin_textdomain( 'specialist-finder', false, dirname( plugin_basename( __DIR__ ) ) . '/languages' );
	$settings = specialist_finder_settings();
	if ( specialist_finder_is_ready( $settings ) ) {
		// The finder's own version is in the file's name; a version of ours behind it would only hinder caches.
		// phpcs:ignore WordPress.WP.EnqueuedResourceParameters.MissingVersion
		wp_register_script( 'specialist-finder-iframe', $settings['address'] . '/embed/frame-v1.js', array(), null, true );
		// phpcs:ignore WordPress.WP.EnqueuedResourceParameters.MissingVersion
		wp_register_script( 'specialist-finder-element', $settings['address'] . '/embed/v1.js', array(), null, true );
	}
	wp_register_script(
		'specialist-finder-editor',
		plugins_url( 'block/editor.js', __DIR__ ),
		array( 'wp-blocks', 'wp-element', 'wp-i18n', 'wp-block-editor', 'wp-components' ),
		SPECIALIST_FINDER_VERSION,
		true
	);
	wp_set_script_translations( 'specialist-finder-editor', 'specialist-finder' );
	add_shortcode( 'specialist_finder', 'specialist_finder_shortcode' );
	register_block_type( dirname( __DIR__ ) . '/block', array( 'render_callback' => 'specialist_finder_block' ) );
}

/**
 * Return whether the settings are enough to show a finder.
 *
 * @param array $settings Settings.
 * @return bool
 */
function specialist_finder_is_ready( $settings ) {
	return '' !== $settings['address'] && '' !== $settings['key'];
}

/**
 * Return what [specialist_finder] is replaced with.
 *
 * @param array|string $given Attributes; '' where there are none.
 * @return string
 */
function specialist_finder_shortcode( $given ) {
	return specialist_finder_shown( is_array( $given ) ? $given : array() );
}

/**
 * Return what the block is replaced with.
 *
 * @param array $given Attributes.
 * @return string
 */
function specialist_finder_block( $given ) {
	$html = specialist_finder_shown( is_array( $given ) ? $given : array() );
	return '' === $html ? '' : '<div ' . get_block_wrapper_attributes() . '>' . $html . '</div>';
}

/**
 * Return a finder, and have its script loaded at the end of this page. What cannot be used counts as not given.
 *
 * @param array $given condition, stage, lang, variant and title.
 * @return string
 */
function specialist_finder_shown( $given ) {
	$settings = specialist_finder_settings();
	if ( ! specialist_finder_is_ready( $settings ) ) {
		if ( ! current_user_can( 'edit_posts' ) ) {
			return '';
		}
		// Visitors see nothing; whoever writes pages is told.
		return '<p>' . esc_html__( 'The specialist finder needs its address and site key: Settings, Specialist Finder.', 'specialist-finder' ) . '</p>';
	}
	$variant = specialist_finder_variant( specialist_finder_text( $given, 'variant' ) );
	$variant = '' === $variant ? $settings['variant'] : $variant;
	if ( 'link' !== $variant ) {
		wp_enqueue_script( 'specialist-finder-' . $variant );
	}
	$asked = array(
		'condition' => specialist_finder_condition( specialist_finder_text( $given, 'condition' ) ),
		'stage'     => specialist_finder_stage( specialist_finder_text( $given, 'stage' ) ),
		'lang'      => specialist_finder_language( specialist_finder_text( $given, 'lang' ) ),
	);
	return specialist_finder_html( $variant, $settings, $asked, sanitize_text_field( specialist_finder_text( $given, 'title' ) ) );
}

/**
 * Let the finder's scripts load beside the page.
 *
 * @param string $tag    The tag that WordPress made.
 * @param string $handle Name of the script.
 * @return string
 */
function specialist_finder_script_tag( $tag, $handle ) {
	$ours = in_array( $handle, array( 'specialist-finder-iframe', 'specialist-finder-element' ), true );
	return $ours && false === strpos( $tag, ' async' ) ? str_replace( ' src=', ' async src=', $tag ) : $tag;
}
